package score

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Scheme is an appraisal scheme (考核方案): what is scored, by which rule, out of
// how many points, and how the points become a rank. It is read from YAML by
// Parse and never changed afterwards, so it is safe for concurrent use.
//
// Source: domain 13.15.
type Scheme struct {
	ID, Name, Version string
	Period            string // month, quarter, year
	Source, Note      string // where the rule was published; "样例" for a shipped pack
	LegalBasis        string // document number that authorises the appraisal
	Base              Num    // full marks (满分); 0 = open-ended
	Groups            []Group
	Variables         []string // names a formula may read besides the items' indicators (变量)
	Rounding          Rounding
	Missing           Policy
	Unverified        Unverified
	MaxItems          int // more items than this for one unit is a burden (减负)
	Max, Min          *Num
	Ties              string // 1224: the next place skips; 1223: it does not
	Items             []*Item
	Bonus, Deduction  []*Mark // Bonus (加分) and Deduction (扣分): rules for counted events
	BonusMax          *Num    // points, over all bonuses together
	DeductionMin      *Num    // points, over all deductions together, negative
	Vetoes            []*Veto
	Promotions        []*Promotion
	Aggregate         *YearRule
	Grades            *GradeRule
	Statement         *StatementRule

	text []byte
}

// Group is a group of comparable units (组别); ranks are inside a group only.
type Group struct {
	Name  string
	Base  Num
	Units []string // whose rows need not name the group
}

// Rounding is the declared rounding (进位规则). Value < 0 leaves values as they are.
type Rounding struct {
	Value, Item, Total int // decimals
	Mode               Mode
}

// Policy says what becomes of an item for which a unit has no value (缺项).
//
// Source: domain 13.13.
type Policy string

// The policies for a missing item.
const (
	DropRescale  Policy = "drop_rescale"   // drop the item and rescale the unit's other weights to the full marks
	GroupMean    Policy = "group_mean"     // give the mean rate of the group on this item
	FullIfExempt Policy = "full_if_exempt" // full marks if exempted in writing, otherwise 0
	ZeroMissing  Policy = "zero"           // 0, also if exempted
)

// Unverified says what a value counts for that is only reported (自报) and neither verified nor certified.
type Unverified string

// The ways to take an unverified value. It is marked 未核验 in any case.
const (
	UseReported  Unverified = "use"
	ZeroReported Unverified = "zero"
	DropReported Unverified = "missing" // as if it were not there
)

// Method is a scoring family (计分方法).
//
// Source: domain 13.1-13.9.
type Method string

// The methods.
const (
	Ratio       Method = "ratio"         // 完成率法
	Step        Method = "step"          // 加减分法
	Efficacy    Method = "efficacy"      // 功效系数法
	VsFirst     Method = "vs_first"      // 按实绩赋分
	ByRank      Method = "rank"          // 按排名赋分
	VsMean      Method = "vs_mean_bands" // 均值法
	Bands       Method = "bands"         // 分档法
	Threshold   Method = "threshold"     // 达标法
	Count       Method = "count"         // 计数法
	Votes       Method = "votes"         // 测评法
	Manual      Method = "manual"        // 评定法
	ByFormula   Method = "formula"       // 公式法
	Combination Method = "combination"   // 组合法
)

var methodName = map[Method]string{Ratio: "完成率法", Step: "加减分法", Efficacy: "功效系数法", VsFirst: "按实绩赋分", ByRank: "按排名赋分", VsMean: "均值法", Bands: "分档法",
	Threshold: "达标法", Count: "计数法", Votes: "测评法", Manual: "评定法", ByFormula: "公式法", Combination: "组合法"}

// String returns the Chinese name.
func (m Method) String() string { return methodName[m] }

// Item is one scored line of a scheme (考核指标), or one part of a combination (组合法的分项).
type Item struct {
	ID, No, Section, Name string
	Weight                Num
	Indicator             string // whose rows are read; the name if not given
	SourceUnit            string // the unit that certifies the value (数据来源单位)
	Method                Method
	Down                  bool   // less is better
	Percent               bool   // its target or bands are written in percent
	Target                *Num   // fixed target, where rows carry none
	TargetRef             string // or the name of the unit's row whose value is the target
	Curve                 []Node
	P                     Params
	Parts                 []*Item
	Corrections           []Correction
	Coefficient           string         // variable of the unit: 难度系数
	CoefficientBy         map[string]Num // the coefficient itself by unit; "" = all others
	CoefficientOnPoints   bool           // multiply the points, not the value
	Share                 map[string]Num
	Gate                  *Formula // the item scores 0 where this does not hold
	Missing               Policy   // "" = the scheme's
	PeriodWeights         map[string]Num
	Groups, Units         []string // whom the item is for; empty = all
	Each                  string   // sum, mean, share: apply the method to each row (逐条); share weighs each row by its count
	Over                  string   // mean, sum: apply the method in each period of the rows (逐期)
	Extra                 bool     // a bonus item: outside the full marks and the rescaling
	Max, Min              *Num     // points
	Off                   bool     // described but not scored
	Line                  int
}

// Node is one node of a target curve (节点目标): by the end of Month at least Target. It holds until the next node.
//
// Source: domain 0 finding 2, 8 (棚改开工率 6月底50%、8月底80%、10月底100%).
type Node struct {
	Month  int
	Target Num
}

// curve returns the target in force at the end of period; false before the first node.
func (it *Item) curve(period string) (Num, bool) {
	month := 12
	switch n := slot(period); {
	case strings.HasSuffix(period, "H1"):
		month = 6
	case n > 0 && strings.Contains(period, "Q"):
		month = 3 * n
	case n > 0:
		month = n
	}
	var t Num
	ok := false
	for _, n := range it.Curve {
		if n.Month <= month {
			t, ok = n.Target, true
		}
	}
	return t, ok
}

// Params are a method's numbers; which are read depends on the method.
type Params struct {
	Cap, Floor        *Num // ratio, vs_first: on the rate. Cap nil = uncapped
	Base              *Num // step, count, vs_mean_bands: points to begin with; nil = the weight (count: 0)
	Up, Down          []Slope
	MaxAdd, MaxDeduct *Num // step: A and D
	Relative          bool // step: compare completion % with 100 instead of value with target
	Whole             bool // step, count: only whole steps count (不足不计)
	DMin, DSpan       Num  // efficacy
	Satisfied         *Num // efficacy: 满意值
	Unacceptable      *Num // efficacy: 不允许值
	Delta             *Num // rank: share of the weight lost per place
	PerPlace          *Num // rank: points lost per place
	Places            []Num
	Rest              Num  // rank: places beyond the table
	Given             bool // rank: the value already is the place
	Width             Num  // vs_mean_bands
	Divisors          []Num
	MeanOf            string // vs_mean_bands: group, target, number
	Mean              Num    // vs_mean_bands: the number
	Table             []Band
	OnRate            string // bands: "value", "rate" (completion in percent); "" = rate if the bands are in percent and there is a target
	At                *Num   // threshold
	Per               Num    // count
	Tiers             []Slope
	Full              Num // votes: full mark of one vote
	Trim              int // votes: how many highest and lowest are left out
	TrimRate          Num // votes: or which share of all at each end
	Formula           *Formula
}

// Slope is a rate that holds up to a limit; To nil = without end.
type Slope struct {
	To *Num
	K  Num
}

// Band is one line of a banded table (分档). From nil or To nil = open on that side.
type Band struct {
	From, To         *Num
	FromIncl, ToIncl bool
	Points           Num
	And              *Formula
	Text             string
	Line             int
	loose            bool // written without saying whether the ends belong to it
	counted          bool // its ends are numbers of things (3个以上): whole
	rated            bool // Points are a rate of the weight
}

// Correction is a correction term (修正项) added to the value before the method.
type Correction struct {
	Expr     *Formula
	Max, Min *Num
}

// Mark is a rule for counted events: a bonus (加分) or a deduction (扣分).
type Mark struct {
	ID, Name, Event string
	Per             Num // points per event; negative for a deduction
	Tiers           []Slope
	Max, Min        *Num // points
	MaxCount        *Num
	Share           map[string]Num // by role: 主办 1, 协办 0.5
	DoubleRole      string         // events with this role count twice (上级通报)
	DoubleIf        *Formula       // or all events of a unit for which this holds
	DoubleFlag      string         // or of a unit that has a row of this name that is not 0
	Gate            *Formula
	Groups          []string
	Deducts         bool
	Off             bool
	Line            int
}

// Effect is what a veto does; it never changes points.
type Effect string

// The effects of a veto.
const (
	NoAward   Effect = "no_award"  // 取消评优资格
	Downgrade Effect = "downgrade" // 降低一个等次
	Fail      Effect = "fail"      // 评为不合格
)

var effectName = map[Effect]string{NoAward: "取消评优资格", Downgrade: "降低一个等次", Fail: "直接评为最低等次"}

// String returns the Chinese name.
func (e Effect) String() string { return effectName[e] }

// Veto is a veto rule (一票否决). It does not parse without its legal basis.
//
// Source: domain 0 finding 9, 13.11.
type Veto struct {
	Name, Event, LegalBasis, Authority string
	Effect                             Effect
	Line                               int
}

// Promotion lifts a unit one grade by results (晋档), once however many promotions hold.
//
// Source: domain 13.11 (桐庐).
type Promotion struct {
	Name string
	When *Formula
	Line int
}

// YearRule says how results of shorter periods become a year's (汇总规则).
//
// Source: domain 0 finding 5, 14.8, 14.11, 14.13.
type YearRule struct {
	Parts        []YearPart
	MonthlyBonus []Num // points for each monthly place 1, 2, 3 …
	Gate         *Formula
	BonusMax     *Num
}

// YearPart is one part of a year's total. Of: month, quarter, year_end. Fn: mean, sum, last, weights.
type YearPart struct {
	Of, Fn  string
	Weights []Num
	W       Num
}

// GradeRule gives grades (等次) by bands of the total or by share of the group.
//
// Source: domain 13.12.
type GradeRule struct {
	Mode  string // bands, share
	Table []Grade
}

// Grade is one grade. In mode share, Share of the group at most; Min is a least total in both modes.
type Grade struct {
	Name  string
	Band  Band
	Share Num
	Min   *Num
}

// StatementRule asks the last units to explain (末位说明、黄旗), only if When also holds; and honours the first ones (红旗), only if it does not.
//
// Source: domain 8 (漳州 rule; 渭南, 炉霍: the first three red), 16.3.7.
type StatementRule struct {
	Last                  int
	Red                   int  // the first so many; 0 honours nobody
	Spare                 bool // units that share a place and are more than there are flags get none (并列超过名额的都不授)
	When                  *Formula
	Authority, LegalBasis string
}

// Text returns the YAML the scheme was read from.
func (s *Scheme) Text() []byte { return slices.Clone(s.text) }

// Hash returns the rule's fingerprint (规则指纹): SHA-256 of its text, in hex.
func (s *Scheme) Hash() string {
	h := sha256.Sum256(s.text)
	return hex.EncodeToString(h[:])
}

// RuleVersion names the rule (规则版本): id@version#fingerprint. It stands in every explanation.
func (s *Scheme) RuleVersion() string { return s.ID + "@" + s.Version + "#" + s.Hash()[:12] }

// weight returns the item's weight in period ("2023Q1" or "2023-01"), which may depend on it.
func (it *Item) weight(period string) Num {
	if w, ok := it.PeriodWeights[period]; ok {
		return w
	}
	if len(period) == 6 {
		if w, ok := it.PeriodWeights[period[4:]]; ok {
			return w
		}
	}
	if len(period) == 7 && period[4] == '-' {
		if w, ok := it.PeriodWeights[period[5:]]; ok {
			return w
		}
	}
	return it.Weight
}

// forUnit reports whether the item is scored for the unit.
func (it *Item) forUnit(group, unit string) bool {
	return !it.Off && (len(it.Groups) == 0 || slices.Contains(it.Groups, group)) && (len(it.Units) == 0 || slices.Contains(it.Units, unit))
}
