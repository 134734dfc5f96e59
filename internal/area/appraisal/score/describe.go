package score

import (
	"strconv"
	"strings"
)

// Describe writes the item's rule as a sentence for the 考核办法 (评分标准), without numbers of any unit:
// "按完成率计分：得分 = 60 × 完成值 ÷ 目标值，完成率最高按100%计。"
func (it *Item) Describe() string {
	p := &it.P
	w := it.Weight.String()
	var s string
	target := "目标值"
	if it.Target != nil {
		target = "目标值（" + it.Target.String() + "）"
	}
	if len(it.Curve) > 0 {
		var n []string
		for _, c := range it.Curve {
			n = append(n, strconv.Itoa(c.Month)+"月底"+c.Target.String())
		}
		target = "节点目标（" + strings.Join(n, "、") + "）"
	}
	switch it.Method {
	case Ratio:
		s = "按完成率计分：得分 = " + w + " × 完成值 ÷ " + target
		if it.Down {
			s = "按完成率计分（越小越好）：得分 = " + w + " × " + target + " ÷ 完成值"
		}
		if p.Cap == nil {
			s += "，完成率不封顶"
		} else {
			s += "，完成率最高按" + percent(*p.Cap) + "计"
		}
	case Step:
		base := it.Weight
		if p.Base != nil {
			base = *p.Base
		}
		what := "完成值"
		if p.Relative {
			what, target = "完成率（%）", "100"
		}
		s = "加减分法：" + what + "等于" + target + "得" + base.String() + "分"
		more, less := "每超1加", "每欠1扣"
		if it.Down {
			more, less = "每少1加", "每多1扣"
		}
		s += rates(more, p.Up) + rates(less, p.Down)
		if p.MaxAdd != nil {
			s += "，最多加" + p.MaxAdd.String() + "分"
		}
		if p.MaxDeduct != nil {
			s += "，最多扣" + p.MaxDeduct.String() + "分"
		}
	case Efficacy:
		hi, lo := "组内最高值", "组内最低值"
		if it.Down {
			hi, lo = lo, hi
		}
		if p.Satisfied != nil {
			hi, lo = "满意值"+p.Satisfied.String(), "不允许值"+p.Unacceptable.String()
		}
		s = "功效系数法：" + hi + "得" + p.DMin.add(p.DSpan).String() + "%，" + lo + "得" + p.DMin.String() + "%，其余按比例，再乘" + w + "分"
	case VsFirst:
		s = "按实绩赋分：组内第一名得" + w + "分，其余按与第一名之比得分"
	case ByRank:
		by := "按组内排名赋分"
		if p.Given {
			by = "按给定名次赋分"
		}
		switch {
		case p.Delta != nil:
			s = by + "：第一名得" + w + "分，每降一名少" + percent(*p.Delta)
		case p.PerPlace != nil:
			s = by + "：第一名得" + w + "分，每降一名少" + p.PerPlace.String() + "分"
		default:
			var n []string
			for _, x := range p.Places {
				n = append(n, x.String())
			}
			s = by + "：各名次依次得" + strings.Join(n, "、") + "分，其后得" + p.Rest.String() + "分"
		}
		if p.Floor != nil && p.Floor.Sign() > 0 {
			s += "，最低" + p.Floor.String() + "分"
		}
		s += "，数值相同名次相同"
	case VsMean:
		base := it.Weight
		if p.Base != nil {
			base = *p.Base
		}
		var n []string
		for _, x := range p.Divisors {
			n = append(n, x.String())
		}
		s = "均值法：等于平均值得" + base.String() + "分，与平均值的差距每" + p.Width.String() + "为一段，各段每1加减" + base.String() + " ÷ " + strings.Join(n, "、") + "……分"
	case Bands:
		var n []string
		for _, b := range p.Table {
			t := b.Text + "得" + b.Points.String() + "分"
			if b.And != nil {
				t = b.Text + "且" + b.And.text(nil) + "得" + b.Points.String() + "分"
			}
			n = append(n, t)
		}
		s = "分档法：" + strings.Join(n, "；")
	case Threshold:
		at := target
		if p.At != nil {
			at = p.At.String()
		}
		verb := "达到"
		if it.Down {
			verb = "不超过"
		}
		s = "达标法：" + verb + at + "得" + w + "分，否则不得分"
	case Count:
		s = "计数法："
		if p.Base != nil {
			s += "基本分" + p.Base.String() + "分，"
		}
		if len(p.Tiers) > 0 {
			s += strings.TrimPrefix(rates("每次", p.Tiers), "，")
		} else if p.Per.Sign() < 0 {
			s += "每次扣" + p.Per.neg().String() + "分"
		} else {
			s += "每次得" + p.Per.String() + "分"
		}
	case Votes:
		s = "测评法：得分 = " + w + " × 平均分 ÷ " + p.Full.String()
		if p.Trim > 0 {
			s += "，去掉" + strconv.Itoa(p.Trim) + "个最高分和" + strconv.Itoa(p.Trim) + "个最低分"
		}
	case Manual:
		s = "评定法：按评定分计，满分" + w + "分"
	case ByFormula:
		s = "公式法：得分 = " + p.Formula.text(nil)
	case Combination:
		var n []string
		for _, x := range it.Parts {
			n = append(n, x.Name+"（"+x.Weight.String()+"分）"+strings.TrimSuffix(x.Describe(), "。"))
		}
		s = "分项合计：" + strings.Join(n, "；")
	}
	for i, c := range it.Corrections {
		if i == 0 {
			s += "；完成值先加修正项："
		} else {
			s += "、"
		}
		s += c.Expr.text(nil)
		if c.Max != nil {
			s += "（最多" + c.Max.String() + "）"
		}
	}
	if it.Coefficient != "" {
		if it.CoefficientOnPoints {
			s += "；得分乘" + it.Coefficient
		} else {
			s += "；完成值乘" + it.Coefficient
		}
	}
	switch it.Each {
	case "sum":
		s += "；逐条计分后合计"
	case "mean":
		s += "；逐条计分后平均"
	case "share":
		s += "；逐条计分后按权重平均"
	}
	switch it.Over {
	case "sum":
		s += "；逐期计分后合计"
	case "mean":
		s += "；逐期计分后平均"
	}
	if it.Gate != nil {
		s += "；前提是" + it.Gate.text(nil) + "，否则不得分"
	}
	if it.Max != nil {
		s += "；最高" + it.Max.String() + "分"
	}
	if it.Min != nil {
		s += "；最低" + it.Min.String() + "分"
	}
	return s + "。"
}

func rates(verb string, list []Slope) string {
	s := ""
	for _, x := range list {
		s += "，" + verb + x.K.abs().String() + "分"
		if x.To != nil {
			s += "（到" + x.To.String() + "为止）"
		}
	}
	return s
}

// Describe writes the rule for a counted event as a sentence.
func (m *Mark) Describe() string {
	verb := "加"
	if m.Deducts {
		verb = "扣"
	}
	s := m.Name + "每次" + verb + m.Per.abs().String() + "分"
	if len(m.Tiers) > 0 {
		s = m.Name + "：" + strings.TrimPrefix(rates("每次"+verb, m.Tiers), "，")
	}
	for _, r := range sortedKeys(m.Share) {
		s += "，" + r + "按" + percent(m.Share[r]) + "计"
	}
	if m.MaxCount != nil {
		s += "，最多计" + m.MaxCount.String() + "次"
	}
	if m.DoubleRole != "" {
		s += "，" + m.DoubleRole + "加倍"
	}
	if m.DoubleIf != nil {
		s += "，符合" + m.DoubleIf.text(nil) + "的加倍"
	}
	if m.Gate != nil {
		s += "，前提是" + m.Gate.text(nil)
	}
	if m.Max != nil {
		s += "，最多加" + m.Max.String() + "分"
	}
	if m.Min != nil {
		s += "，最多扣" + m.Min.abs().String() + "分"
	}
	return s + "。"
}
