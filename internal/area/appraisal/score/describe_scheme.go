package score

import (
	"strconv"
	"strings"
)

// Clause is one rule of a scheme that is no item, bonus or deduction, as a sentence under its name.
type Clause struct{ Term, Text string }

var (
	policyName     = map[Policy]string{DropRescale: "不计这一项，其余指标换算到满分", GroupMean: "按组内平均得分率计", FullIfExempt: "有书面免考依据的得满分，没有的不得分"}
	unverifiedName = map[Unverified]string{UseReported: "照用，得分单上注明“未核验”", ZeroReported: "不得分", DropReported: "当作缺项"}
	modeName       = map[Mode]string{HalfUp: "四舍五入", HalfEven: "四舍六入五成双", Down: "舍去尾数"}
	fnName         = map[string]string{"mean": "的平均", "sum": "之和", "last": "的最后一期", "weights": "按权重平均"}
)

// Clauses reads out what the table of items does not show: how totals, missing values, vetoes, grades, the year and the last places are dealt with.
func (s *Scheme) Clauses() (out []Clause) {
	add := func(term, text string) {
		if text != "" {
			out = append(out, Clause{term, text})
		}
	}
	var groups []string
	for _, g := range s.Groups {
		groups = append(groups, g.Name)
	}
	add("组别", strings.Join(groups, "、"))
	add("缺项", policyName[s.Missing])
	add("只有自报的数", unverifiedName[s.Unverified])
	add("进位", "指标得分取 "+strconv.Itoa(s.Rounding.Item)+" 位小数，总分取 "+strconv.Itoa(s.Rounding.Total)+" 位，"+modeName[s.Rounding.Mode])
	var bounds []string
	for _, x := range []struct {
		n    *Num
		text string
	}{{s.Max, "总分最高 "}, {s.Min, "总分最低 "}, {s.BonusMax, "加分合计最多 "}, {s.DeductionMin, "扣分合计最多 "}} {
		if x.n != nil {
			bounds = append(bounds, x.text+x.n.abs().String()+" 分")
		}
	}
	add("总分和加扣分", strings.Join(bounds, "，"))
	for _, v := range s.Vetoes {
		t := v.Name + "：" + v.Effect.String()
		if v.Authority != "" {
			t += "，由" + v.Authority + "认定"
		}
		add("一票否决", t+"（依据："+v.LegalBasis+"）")
	}
	for _, p := range s.Promotions {
		add("晋档", p.Name+"：符合“"+p.When.text(nil)+"”的升一个等次")
	}
	if g := s.Grades; g != nil {
		var t []string
		for _, x := range g.Table {
			w := x.Name
			switch {
			case g.Mode == "bands":
				w += " " + x.Band.Text
			case x.Share.Sign() > 0:
				w += " 不超过组内 " + percent(x.Share)
			}
			if x.Min != nil {
				w += "（总分不低于 " + x.Min.String() + "）"
			}
			t = append(t, w)
		}
		add("等次", strings.Join(t, "；"))
	}
	if y := s.Aggregate; y != nil {
		var t []string
		for _, p := range y.Parts {
			w := partName[p.Of] + "得分" + fnName[p.Fn]
			if len(p.Weights) > 0 {
				var n []string
				for _, x := range p.Weights {
					n = append(n, x.String())
				}
				w += "（" + strings.Join(n, "∶") + "）"
			}
			t = append(t, w+" × "+p.W.String())
		}
		add("年度汇总", strings.Join(t, " ＋ "))
		if len(y.MonthlyBonus) > 0 {
			var n []string
			for _, x := range y.MonthlyBonus {
				n = append(n, x.String())
			}
			w := "各月第 1 名起依次加 " + strings.Join(n, "、") + " 分"
			if y.Gate != nil {
				w += "，前提是" + y.Gate.text(nil)
			}
			if y.BonusMax != nil {
				w += "，合计最多 " + y.BonusMax.String() + " 分"
			}
			add("月度名次加分", w)
		}
	}
	if st := s.Statement; st != nil {
		who := ""
		if st.Authority != "" {
			who = "，由" + st.Authority + "决定"
		}
		if st.Spare {
			who = "，并列超过名额的都不授" + who
		}
		add("黄旗和表态", "列组内末 "+strconv.Itoa(st.Last)+" 位，且“"+st.When.text(nil)+"”"+who+"（依据："+st.LegalBasis+"）")
		if st.Red > 0 {
			ties := ""
			if st.Spare {
				ties = "，并列超过名额的都不授"
			}
			add("红旗", "列组内前 "+strconv.Itoa(st.Red)+" 位，且没有“"+st.When.text(nil)+"”"+ties)
		}
	}
	if s.MaxItems > 0 {
		add("指标数上限", "每个单位不超过 "+strconv.Itoa(s.MaxItems)+" 项")
	}
	add("出处", s.Source)
	add("说明", s.Note)
	return out
}
