"""Made-up pictures for the drawing's tests."""

from random import Random

from portal.public.drawing.picture import ColumnTitle, FlowLink, FlowNode, FlowPicture

WAN = 1_000_000
TITLES = tuple(ColumnTitle(t) for t in ("来源", "类别", "主管部门", "县、镇", "项目和农户"))


def node(name: str, tier: int, came: int, *, held: int = 0, paid: int = 0, returned: int = 0, **more) -> FlowNode:
    return FlowNode(
        name,
        tier,
        name,
        came * WAN,
        (came - held - paid - returned) * WAN,
        paid * WAN,
        held * WAN,
        returned * WAN,
        href=f"/flow?focus={name}",
        **more,
    )


def village() -> FlowPicture:
    nodes = (
        node("中央财政", 1, 100),
        node("县级财政", 1, 40),
        node("产业发展", 2, 90),
        node("社会救助", 2, 50),
        node("农业农村局", 3, 90, held=10, held_days=22),
        node("民政局", 3, 50),
        node("红窑镇", 4, 130, held=18, held_days=63, focal=True),
        node("冷链分拣中心", 5, 62, paid=62),
        node("社会救助 46 户", 5, 50, paid=50, household=True),
    )
    pairs = [
        ("中央财政", "产业发展", 90),
        ("中央财政", "社会救助", 10),
        ("县级财政", "社会救助", 40),
        ("产业发展", "农业农村局", 90),
        ("社会救助", "民政局", 50),
        ("农业农村局", "红窑镇", 80),
        ("民政局", "红窑镇", 50),
        ("红窑镇", "冷链分拣中心", 62),
        ("红窑镇", "社会救助 46 户", 50),
    ]
    return FlowPicture(nodes, tuple(FlowLink(a, b, fen * WAN) for a, b, fen in pairs), TITLES)


def crowded(seed: int, widths: tuple[int, ...] = (5, 31, 14, 20, 40)) -> FlowPicture:
    """A large balanced picture: each node passes on what it got, in random shares."""
    dice = Random(seed)
    came = {(0, i): dice.randrange(1, 10**9) for i in range(widths[0])}
    links: list[FlowLink] = []
    nodes: list[FlowNode] = []
    for tier in range(len(widths)):
        coming: dict[tuple[int, int], int] = {}
        for (_, i), fen in sorted(came.items()):
            last = tier == len(widths) - 1
            held = 0 if last else dice.choice([0, 0, fen // 7])
            rest = 0 if last else fen - held
            nodes.append(
                FlowNode(f"{tier}-{i}", tier + 1, f"节点 {tier}-{i}", fen, rest, fen if last else 0, held, 0, "/x")
            )
            while rest > 0:
                part = min(rest, dice.randrange(1, rest + 1) if rest > 1000 else rest)
                target = (tier + 1, dice.randrange(widths[tier + 1]))
                coming[target] = coming.get(target, 0) + part
                links.append(FlowLink(f"{tier}-{i}", f"{tier + 1}-{target[1]}", part))
                rest -= part
        came = coming
    return FlowPicture(tuple(nodes), tuple(links), TITLES)
