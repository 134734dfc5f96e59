package campaign

import (
	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/spine/indicator"
)

// Preset is one of the six campaigns (六大攻坚行动) as the district starts it, with the indicators that are usual for it.
type Preset struct {
	Key        string
	Code       string
	Name       string
	Indicators []PresetIndicator
}

// PresetIndicator is a usual indicator of a campaign. It has no target: the district sets it.
type PresetIndicator struct {
	Name      string
	Measure   string
	Direction indicator.Direction
	Source    string // who usually certifies it
	// Nodes are the shares of the year's target, in percent, that must stand by the end of a month (1–12); nil: evenly.
	Nodes map[int]int64
	Basis string // where the usage or the nodes come from
}

// VillageIncome is the key of the sixth campaign (村级集体经济增收).
const VillageIncome = "village_income"

// Presets are the six campaigns of S7. Source: S7; domain 8 (六大攻坚 default indicator sets), [98][99][100].
var Presets = []Preset{
	{Key: "industry", Code: "CY", Name: "产业提升攻坚行动", Indicators: []PresetIndicator{
		{Name: "规模以上工业增加值增速", Measure: "%", Source: "统计局"},
		{Name: "新增规模以上企业", Measure: "家", Source: "统计局"},
		{Name: "技术改造投资", Measure: "万元", Source: "统计局"},
		{Name: "新开工产业项目", Measure: "个", Source: "发展和改革局"},
	}},
	{Key: "city", Code: "CS", Name: "城市建设管理攻坚行动", Indicators: []PresetIndicator{
		{Name: "城建项目投资完成率", Measure: "%", Source: "住房和城乡建设局"},
		{Name: "12345 城管件按时办结率", Measure: "%", Source: "12345 平台"},
		{Name: "“两违”治理面积", Measure: "平方米", Source: "城市管理局"},
	}},
	{Key: "relocation", Code: "ZQ", Name: "项目安征迁攻坚行动", Indicators: []PresetIndicator{
		{Name: "交地完成率", Measure: "%", Source: "征迁指挥部", Basis: "百日攻坚权重 30"},
		{Name: "投资完成率", Measure: "%", Source: "发展和改革局", Basis: "百日攻坚权重 30"},
		{Name: "开工率", Measure: "%", Source: "发展和改革局", Basis: "百日攻坚权重 10"},
		{Name: "竣工率", Measure: "%", Source: "发展和改革局", Basis: "百日攻坚权重 10"},
		{Name: "拆迁完成率", Measure: "%", Source: "征迁指挥部", Basis: "百日攻坚权重 10"},
		{Name: "投资计划贡献率", Measure: "%", Source: "发展和改革局", Basis: "百日攻坚权重 10"},
	}},
	{Key: "shanty", Code: "PG", Name: "棚户区改造攻坚行动", Indicators: []PresetIndicator{
		{Name: "棚改开工率", Measure: "%", Source: "住房和城乡建设局", Nodes: shantyNodes, Basis: "6 月底 50%、8 月底 80%、10 月底 100%"},
		{Name: "棚改基本建成率", Measure: "%", Source: "住房和城乡建设局", Nodes: shantyNodes, Basis: "6 月底 50%、8 月底 80%、10 月底 100%"},
		{Name: "棚改资金拨付率", Measure: "%", Source: "财政局"},
	}},
	{Key: "tourism", Code: "LY", Name: "旅游突破攻坚行动", Indicators: []PresetIndicator{
		{Name: "旅游项目投资", Measure: "万元", Source: "发展和改革局"},
		{Name: "接待游客", Measure: "万人", Source: "文体和旅游局"},
		{Name: "旅游收入", Measure: "万元", Source: "文体和旅游局"},
		{Name: "A 级景区创建", Measure: "个", Source: "文体和旅游局"},
	}},
	{Key: VillageIncome, Code: "CJ", Name: "村级集体经济增收攻坚行动", Indicators: []PresetIndicator{
		{Name: "经营性收入 5 万元以上的村占比", Measure: "%", Source: "农业农村局", Basis: "全部村 5 万元以上"},
		{Name: "经营性收入 10 万元以上的村占比", Measure: "%", Source: "农业农村局", Basis: "55% 以上的村 10 万元以上"},
		{Name: "薄弱村转化", Measure: "个", Source: "农业农村局"},
	}},
}

// shantyNodes: 50 % by the end of June, 80 % by the end of August, 100 % by the end of October. Source: domain 8 [98].
var shantyNodes = map[int]int64{6: 50, 8: 80, 10: 100}

// PresetOf returns the preset with the key, or nil.
func PresetOf(key string) *Preset {
	for i := range Presets {
		if Presets[i].Key == key {
			return &Presets[i]
		}
	}
	return nil
}

// Curve returns the monthly curve through the nodes for a plan of these months with the target: between two nodes it
// rises in equal steps, the last of which takes the remainder; after the last node it stays. It is nil without nodes, and
// where the nodes do not reach 100 within the plan, since no curve would then end at the target.
func (p PresetIndicator) Curve(from, to period.Month, target amount.Scaled) []amount.Scaled {
	if len(p.Nodes) == 0 || !from.Valid() || !to.Valid() || from.Year() != to.Year() {
		return nil
	}
	var out []amount.Scaled
	var before amount.Scaled
	at := from.Number() // first month of the stretch
	for m := from.Number(); m <= to.Number(); m++ {
		share, ok := p.Nodes[m]
		if !ok {
			continue
		}
		end, n := amount.Scaled(int64(target)*share/100), amount.Scaled(m-at+1)
		for k := amount.Scaled(1); k < n; k++ {
			out = append(out, before+(end-before)/n*k)
		}
		out = append(out, end)
		before, at = end, m+1
	}
	if before != target {
		return nil
	}
	for m := at; m <= to.Number(); m++ {
		out = append(out, target)
	}
	return out
}
