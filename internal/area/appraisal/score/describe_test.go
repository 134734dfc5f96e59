package score

import (
	"os"
	"strings"
	"testing"
)

// TestDescribe: the rule reads as a sentence of the 考核办法.
func TestDescribe(t *testing.T) {
	b, err := os.ReadFile("../../../../docs/scheme.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(b), "```yaml\nid: town-quarterly\n")
	text, _, _ := strings.Cut(after, "```")
	s := mustParse(t, "id: town-quarterly\n"+text)
	want := []string{
		"按完成率计分：得分 = 30 × 完成值 ÷ 目标值，完成率最高按100%计；完成值乘难度系数。",
		"分项合计：GDP达标（4分）达标法：达到8得4分，否则不得分；GDP位次（6分）按组内排名赋分：第一名得6分，每降一名少5%，数值相同名次相同；前提是GDP增速 ≥ 8，否则不得分。",
		"加减分法：完成值等于目标值（100）得15分，每超1加0.2分（到130为止），每超1加0.1分，每欠1扣0.1分，最多加3分，最多扣5分。",
		"功效系数法：组内最高值得100%，组内最低值得60%，其余按比例，再乘15分。",
		"按实绩赋分：组内第一名得10分，其余按与第一名之比得分。",
		"分档法：90以上得10分；80以上不足90得8分；不足80得0分。",
		"按完成率计分（越小越好）：得分 = 5 × 目标值 ÷ 完成值，完成率最高按100%计。",
		"公式法：得分 = 权重 × 最小(1, 完成值 ÷ 目标值) × 如果(弄虚作假 ＞ 0, 0, 1)；最高5分。",
	}
	for i, w := range want {
		if got := s.Items[i].Describe(); got != w {
			t.Errorf("\n%s\n%s", got, w)
		}
	}
	if got := s.Bonus[0].Describe(); got != "省级表彰每次加2分，主办按100%计，协办按50%计，最多加3分。" {
		t.Error(got)
	}
	if got := s.Deduction[0].Describe(); got != "通报批评每次扣1分，省级加倍，最多扣5分。" {
		t.Error(got)
	}
	for _, id := range Packs() {
		for _, it := range pack(t, id).Items {
			if d := it.Describe(); len(d) < 20 || strings.Contains(d, "%!") {
				t.Errorf("%s %s: %q", id, it.Name, d)
			}
		}
	}
}
