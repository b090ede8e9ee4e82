"""The language of conditions: a small closed tree of tests, joined by all, any, not, and by "some" and "every" member.

    {"all": [{"test": "age", "at_least": 80, "article": "第三条"},
             {"test": "income_per_head", "below": {"parameter": "dibao_standard", "months": 12, "factor": "1.5"},
              "article": "第五条"},
             {"some_member": {"test": "disability_level", "in": ["一级", "二级"], "article": "第六条"}}]}

Each test names one fact, one comparison and the article it rests on; a threshold is a number or a dated parameter of the
place. A declaration is read once, when it is entered: what cannot be read is refused with the place where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from portal.kernel.errors import BadInput
from portal.publishing.policies.facts import FACTS, Fact, FactKind
from portal.publishing.policies.models import About
from portal.registers.divisions.parameters.rules import ValueKind, known_parameter

COMPARISONS: Final = {"at_least": "不低于", "above": "高于", "at_most": "不高于", "below": "低于"}
CHOICES: Final = ("is", "in")
DEEPEST: Final = 8
MOST_TESTS: Final = 60
HUNDRED: Final = 100


@dataclass(frozen=True)
class Threshold:
    """What a number is held against. `hundredths`: a number given outright (money: of fen); or a parameter of the place.

    A parameter counts `months` times and is multiplied by `factor` (hundredths) or by another parameter.
    """

    hundredths: int = 0
    parameter: str = ""
    months: int = 1
    factor: int = HUNDRED
    factor_parameter: str = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names it reads."""
        return tuple(name for name in (self.parameter, self.factor_parameter) if name)


@dataclass(frozen=True)
class Test:
    """One test of one fact: a comparison with a threshold, or membership in a set of words."""

    path: str
    fact: Fact
    article: str
    comparison: str = ""
    threshold: Threshold = Threshold()
    words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Group:
    """All, or any, of some parts."""

    path: str
    every: bool
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Negation:
    """Not."""

    path: str
    part: Node


@dataclass(frozen=True)
class Members:
    """Some member of the household, or every one."""

    path: str
    every: bool
    part: Node


Node = Test | Group | Negation | Members


def parse(declared: Any, about: About) -> Node:
    """Read a declaration for a policy about persons or households; BadInput says where it cannot be read, and why."""
    node = _node(declared, about is About.PERSON, "1", 0)
    if sum(1 for _ in leaves_of(node)) > MOST_TESTS:
        raise _wrong("1", f"条件超过 {MOST_TESTS} 个", "拆成两项政策")
    return node


def leaves_of(node: Node) -> Iterator[Test]:
    """Every test of a tree, in the order in which it is written."""
    if isinstance(node, Test):
        yield node
    else:
        for part in node.parts if isinstance(node, Group) else (node.part,):
            yield from leaves_of(part)


def leaves_with_sense(node: Node, negated: bool = False) -> Iterator[tuple[Test, bool]]:
    """Every test, and whether it stands under an odd number of `not`: then it is wanted not to hold."""
    if isinstance(node, Test):
        yield node, negated
    elif isinstance(node, Negation):
        yield from leaves_with_sense(node.part, not negated)
    else:
        for part in node.parts if isinstance(node, Group) else (node.part,):
            yield from leaves_with_sense(part, negated)


def parameters_of(node: Node) -> frozenset[str]:
    """The dated parameters that a tree reads."""
    return frozenset(name for test in leaves_of(node) for name in test.threshold.parameters)


def _wrong(path: str, why: str, fix: str) -> BadInput:
    return BadInput(f"享受条件第 {path} 项读不出来", why=why, fix=fix, code="conditions")


def _node(declared: Any, of_person: bool, path: str, depth: int) -> Node:
    if not isinstance(declared, Mapping) or not declared:
        raise _wrong(path, "每一项都要是一个对象", '写成 {"all": […]} 或 {"test": …} 这样')
    if depth > DEEPEST:
        raise _wrong(path, f"层数超过 {DEEPEST}", "合并相邻的层")
    if "test" in declared:
        return _test(declared, of_person, path)
    if len(declared) != 1:
        raise _wrong(path, "一项里只能有一个 all、any、not、some_member 或 every_member", "把其余的分成单独的项")
    ((kind, inner),) = declared.items()
    if kind in ("all", "any"):
        return Group(path, kind == "all", _parts(inner, of_person, path, depth))
    if kind == "not":
        return Negation(path, _node(inner, of_person, f"{path}.1", depth + 1))
    if kind in ("some_member", "every_member"):
        part = _node(inner, True, f"{path}.1", depth + 1)
        if _has_members(part):
            raise _wrong(path, "“某个成员”里面不能再有“某个成员”", "把里面的一层去掉")
        return Members(path, kind == "every_member", part)
    raise _wrong(path, f"不认识“{str(kind)[:20]}”", "只用 all、any、not、some_member、every_member、test")


def _has_members(node: Node) -> bool:
    if isinstance(node, Members):
        return True
    parts = node.parts if isinstance(node, Group) else (node.part,) if isinstance(node, Negation) else ()
    return any(_has_members(part) for part in parts)


def _parts(inner: Any, of_person: bool, path: str, depth: int) -> tuple[Node, ...]:
    if not isinstance(inner, Sequence) or isinstance(inner, str) or not inner:
        raise _wrong(path, "all 和 any 后面要有至少一项", "补上条件，或去掉这一层")
    return tuple(_node(part, of_person, f"{path}.{n}", depth + 1) for n, part in enumerate(inner, start=1))


def _test(declared: Mapping[str, Any], of_person: bool, path: str) -> Test:
    fact = FACTS.get(str(declared["test"]))
    if fact is None:
        raise _wrong(path, f"没有“{str(declared['test'])[:20]}”这个事实", "从事实目录里选：" + "、".join(FACTS))
    if fact.about is About.PERSON and not of_person:
        raise _wrong(path, f"“{fact.title}”是人的事实，这项政策问的是户", "放进 some_member 或 every_member 里")
    article = declared.get("article")
    if not isinstance(article, str) or not article.strip():
        raise _wrong(path, "没有写条款", "写明 article，例如“第三条”；不确定的注明（待核对）")
    (comparison,) = _only(set(declared) - {"test", "article"}, path)
    value = declared[comparison]
    if fact.kind is FactKind.WORD:
        return Test(path, fact, article.strip(), words=_words(fact, comparison, value, path))
    if comparison not in COMPARISONS:
        raise _wrong(path, f"“{fact.title}”是数，不能用 {comparison[:20]}", "用 at_least、above、at_most 或 below")
    return Test(path, fact, article.strip(), comparison, _threshold(fact, value, path))


def _only(names: set[str], path: str) -> tuple[str]:
    if len(names) != 1:
        raise _wrong(path, "一个测试要有、也只能有一个比较", "留下 is、in、at_least、above、at_most、below 里的一个")
    return (names.pop(),)


def _words(fact: Fact, comparison: str, value: Any, path: str) -> frozenset[str]:
    if comparison not in CHOICES:
        raise _wrong(path, f"“{fact.title}”是词，不能用 {comparison[:20]}", "用 is 或 in")
    words = [value] if comparison == "is" else value
    if not isinstance(words, list) or not words:
        raise _wrong(path, "in 后面要有至少一个词", '写成 ["一级", "二级"] 这样')
    for word in words:
        if word not in fact.options:
            raise _wrong(path, f"“{fact.title}”没有“{str(word)[:20]}”", "从这些里选：" + "、".join(fact.options))
    return frozenset(words)


def _threshold(fact: Fact, value: Any, path: str) -> Threshold:
    if isinstance(value, Mapping):
        return _of_place(value, path)
    number = _hundredths(value)
    if number is None:
        raise _wrong(path, "门槛要是一个数，最多两位小数", '写数字，或 {"parameter": "参数名"}')
    return Threshold(number * HUNDRED if fact.kind is FactKind.MONEY else number)


def _of_place(value: Mapping[str, Any], path: str) -> Threshold:
    if strange := set(value) - {"parameter", "months", "factor"}:
        raise _wrong(path, f"门槛里不认识“{min(strange)[:20]}”", "只用 parameter、months、factor")
    name, months, factor = value.get("parameter"), value.get("months", 1), value.get("factor", "1")
    known = known_parameter(name) if isinstance(name, str) else None
    if known is None or known.kind not in (ValueKind.WHOLE, ValueKind.MONEY):
        raise _wrong(path, "门槛用的参数不在目录里，或者不是数", "从“动态参数”的目录里选")
    if type(months) is not int or not 1 <= months <= 120:
        raise _wrong(path, "months 要是 1 到 120 的整数", "月标准折成年写 12")
    number = _hundredths(factor)
    if number is not None and number > 0:
        return Threshold(parameter=str(name), months=months, factor=number)
    if isinstance(factor, str) and known_parameter(factor) is not None:
        return Threshold(parameter=str(name), months=months, factor_parameter=factor)
    raise _wrong(path, "factor 要是正数，或一个参数的名称", '写成 "1.5" 或 "edge_multiple"')


def _hundredths(value: Any) -> int | None:
    """A number with at most two decimals as hundredths; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        scaled = Decimal(value) * HUNDRED
    except InvalidOperation:
        return None
    return int(scaled) if scaled.is_finite() and scaled == scaled.to_integral_value() else None
