"""Conditions in words, in the language of the page: facts, comparisons, thresholds, and what is known of somebody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.analysis.entitled.tracing import Said, Traced
from portal.publishing.policies.facts import FACTS, FactKind
from portal.publishing.policies.language import HUNDRED, Group, Negation, Node, Test
from portal.registers.divisions.parameters.rules import known_parameter, known_part
from portal.web.filters import YUAN, in_unit, listing
from portal.web.language import gettext as _

TITLES: dict[str, Any] = {
    "age": _l("年龄"), "sex": _l("性别"), "relation": _l("与户主关系"), "lives_together": _l("是否共同生活"),
    "health": _l("健康状况"), "labour": _l("劳动能力"), "schooling": _l("在校状况"), "disability_level": _l("残疾等级"),
    "guardian": _l("监护状况"), "supporter": _l("有没有人赡养抚养"), "pension": _l("是否领取养老金"),
    "insured": _l("是否参加基本医保"), "category": _l("对象类别"), "status": _l("状态"), "main_cause": _l("主要致贫原因"),
    "members": _l("共同生活的人数"), "labourers": _l("有劳动能力的人数"), "income_per_head": _l("人均年收入"),
    "income_for_dibao": _l("人均年收入（低保口径）"), "housing_level": _l("住房鉴定等级"), "shock": _l("突然遇到大难处"),
}  # fmt: skip
UNITS: dict[str, Any] = {"周岁": _l("周岁"), "人": _l("人"), "元/人·年": _l("元/人·年")}
COMPARED: dict[str, Any] = {
    "at_least": _l("不低于"), "above": _l("高于"), "at_most": _l("不高于"), "below": _l("低于"),
}  # fmt: skip
WORDS: dict[str, Any] = {
    "男": _l("男"), "女": _l("女"), "户主": _l("户主"), "配偶": _l("配偶"), "子女": _l("子女"), "父母": _l("父母"), "其他": _l("其他"),
    "是": _l("是"), "否": _l("否"), "无": _l("无"), "健康": _l("健康"), "长期慢性病": _l("长期慢性病"), "大病": _l("大病"),
    "残疾": _l("残疾"), "普通劳动力": _l("普通劳动力"), "弱劳动力": _l("弱劳动力"), "丧失劳动力": _l("丧失劳动力"),
    "无劳动力": _l("无劳动力"), "非在校": _l("非在校"), "学前": _l("学前"), "小学": _l("小学"), "初中": _l("初中"),
    "高中": _l("高中"), "中职": _l("中职"), "大专及以上": _l("大专及以上"), "一级": _l("一级"), "二级": _l("二级"),
    "三级": _l("三级"), "四级": _l("四级"), "有人抚养": _l("有人抚养"), "父母双亡或查找不到": _l("父母双亡或查找不到"),
    "父母无法抚养": _l("父母无法抚养"), "建档立卡低收入户": _l("建档立卡低收入户"), "低保户": _l("低保户"),
    "低保边缘户": _l("低保边缘户"), "特困供养户": _l("特困供养户"), "刚性支出困难户": _l("刚性支出困难户"),
    "脱贫不稳定户": _l("脱贫不稳定户"), "边缘易致贫户": _l("边缘易致贫户"), "突发严重困难户": _l("突发严重困难户"),
    "其他困难户": _l("其他困难户"), "在册": _l("在册"), "已脱贫": _l("已脱贫"), "已退出": _l("已退出"), "已注销": _l("已注销"),
}  # fmt: skip
TOPICS: dict[str, Any] = {
    "生活救助": _l("生活救助"), "残疾人": _l("残疾人"), "看病": _l("看病"), "上学": _l("上学"), "住房": _l("住房"),
    "就业和产业": _l("就业和产业"), "养老": _l("养老"), "儿童": _l("儿童"),
}  # fmt: skip
PARAMETERS: dict[str, Any] = {
    "dibao_standard": _l("低保标准"), "edge_multiple": _l("低保边缘倍数"), "tekun_age": _l("特困供养年龄"),
    "poverty_line": _l("年人均收入线"), "monitor_line": _l("防止返贫监测线"),
}  # fmt: skip
SOURCES: dict[str, Any] = {
    "对象台账·家庭成员": _l("对象台账·家庭成员"), "对象台账·户": _l("对象台账·户"), "收入核算": _l("收入核算"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of conditions in words: how deep it stands, what it says, and the article it rests on."""

    depth: int
    words: str
    article: str = ""


def lines_of(node: Node, depth: int = 0) -> Iterator[Line]:
    """Conditions as an indented list."""
    if isinstance(node, Test):
        yield Line(depth, test_words(node), node.article)
    elif isinstance(node, Group):
        yield Line(depth, _("以下全部满足") if node.every else _("以下满足一项"))
        for part in node.parts:
            yield from lines_of(part, depth + 1)
    else:
        words = (
            _("不是以下情况") if isinstance(node, Negation) else _("家里每个人") if node.every else _("家里有一个人")
        )
        yield Line(depth, words)
        yield from lines_of(node.part, depth + 1)


def test_words(test: Test) -> str:
    """`年龄 不低于 80 周岁`, `对象类别：低保户、特困供养户`."""
    title = str(TITLES[test.fact.name])
    if test.words:
        return _("%(fact)s是%(words)s", fact=title, words=words_of(w for w in test.fact.options if w in test.words))
    return f"{title} {COMPARED[test.comparison]} {_threshold(test)}"


def words_of(words: Iterator[str] | tuple[str, ...]) -> str:
    """Words of the register in the page's language."""
    return listing().join(str(WORDS.get(word, word)) for word in words)


def _threshold(test: Test) -> str:
    threshold, unit = test.threshold, str(UNITS.get(test.fact.unit, ""))
    if not threshold.parameter:
        number = threshold.hundredths // HUNDRED
        shown = in_unit(number, YUAN) if test.fact.kind is FactKind.MONEY else str(number)
        return f"{shown} {unit}"
    said = parameter_title(threshold.parameter)
    if threshold.months > 1:
        said += f" × {threshold.months}"
    if threshold.factor_parameter:
        said += f" × {parameter_title(threshold.factor_parameter)}"
    elif threshold.factor != HUNDRED:
        said += f" × {threshold.factor / HUNDRED:g}"
    return said


def parameter_title(name: str) -> str:
    """What a dated parameter is called: `收入项目是否计入：光伏`; a name that the catalogue does not know, as it is."""
    known, part = known_parameter(name), known_part(name)
    if known is None:
        return name
    what = str(PARAMETERS.get(name) or _(known.title))
    return _("%(what)s：%(part)s", what=what, part=_(part)) if part else what


def wanted(traced: Traced) -> str:
    """What a test wants, with the threshold as it holds for this household."""
    if traced.wanted:
        words = words_of(traced.wanted)
        return _("不是%(words)s", words=words) if traced.negated else words
    if traced.threshold is None:
        return _("当地还没有规定")
    words = f"{COMPARED[traced.comparison]} {_number(traced, traced.threshold)}"
    return _("不是%(words)s", words=words) if traced.negated else words


def said(traced: Traced, one: Said) -> str:
    """What is known of somebody, or that it is not."""
    if not one.is_known:
        return _("不知道")
    if one.words:
        return words_of(one.words)
    if not one.words and one.low is None and one.high is None:
        return _("都不是")
    if one.is_point and one.low is not None:
        return _number(traced, one.low)
    low = _number(traced, one.low) if one.low is not None else ""
    high = _number(traced, one.high) if one.high is not None else ""
    return _("%(low)s以上", low=low) if not high else _("%(high)s以下", high=high) if not low else f"{low}–{high}"


def _number(traced: Traced, value: int) -> str:
    unit = str(UNITS.get(FACTS[traced.fact].unit, ""))
    return f"{in_unit(value, YUAN) if traced.kind is FactKind.MONEY else value} {unit}"
