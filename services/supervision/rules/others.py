"""What no event can show, opened by a supervisor's hand alone: SUP-Y12, SUP-R10."""

from services.supervision.domain.warnings import Level
from services.supervision.rules.unit import MEASURES, Detection, Rule

Y12 = Rule(
    code="SUP-Y12",
    level=Level.YELLOW,
    title="其他轻微违规",
    article=f"{MEASURES}第二十条第（十二）项",
    detected="监察员核查认定",
    rectified="按监察要求改正，经核实",
    responsible="监察员认定的部门和人员",
    version=1,
    by=(Detection.HAND,),
)
R10 = Rule(
    code="SUP-R10",
    level=Level.RED,
    title="其他严重违规",
    article=f"{MEASURES}第二十一条第（十）项",
    detected="监察员核查认定",
    rectified="按监察要求改正，经核实",
    responsible="监察员认定的部门和人员",
    version=1,
    by=(Detection.HAND,),
)
