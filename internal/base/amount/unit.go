package amount

import (
	"slices"
	"strings"
)

// Unit is a unit of measure (计量单位), named as people write it.
type Unit string

// The units that the district's tables use.
const (
	Yuan            Unit = "元"
	WanYuan         Unit = "万元"
	YiYuan          Unit = "亿元"
	Mu              Unit = "亩"
	WanMu           Unit = "万亩"
	SquareMetre     Unit = "平方米"
	WanSquareMetre  Unit = "万平方米"
	Hectare         Unit = "公顷"
	Kilometre       Unit = "公里"
	Metre           Unit = "米"
	Ton             Unit = "吨"
	WanTon          Unit = "万吨"
	Household       Unit = "户"
	Person          Unit = "人"
	WanPerson       Unit = "万人"
	Item            Unit = "项"
	Piece           Unit = "个"
	Case            Unit = "件"
	Times           Unit = "次"
	Building        Unit = "栋"
	Company         Unit = "家"
	Day             Unit = "天"
	Percent         Unit = "%"
	PercentagePoint Unit = "个百分点"
	Point           Unit = "分"
)

// MaxDecimals is the number of decimals that storage holds.
const MaxDecimals = 4

// unitRule says what a unit holds. Units of one kind differ by a power of ten.
type unitRule struct {
	unit     Unit
	kind     string // unit that the kind is counted in
	power    int    // one unit = 10^power of that
	decimals int    // what the unit holds
	example  string // a number that a user may write
	also     []string
}

// Money in 元 ends at the 分; built area ends at 0.01 平方米, as property surveys print it; what is counted is whole.
var units = []unitRule{
	{Yuan, "元", 0, 2, "12000", []string{"块", "块钱", "圆"}},
	{WanYuan, "元", 4, 4, "30000", nil},
	{YiYuan, "元", 8, 4, "3", nil},
	{Mu, "亩", 0, 4, "31.5", nil},
	{WanMu, "亩", 4, 4, "1.2", nil},
	{SquareMetre, "平方米", 0, 2, "86.5", []string{"㎡", "m2", "m²", "平米", "平方"}},
	{WanSquareMetre, "平方米", 4, 4, "98.5", []string{"万㎡", "万m2", "万m²", "万平米", "万平方"}},
	{Hectare, "平方米", 4, 4, "2.1", []string{"ha"}},
	{Metre, "米", 0, 2, "350", []string{"m"}},
	{Kilometre, "米", 3, 3, "3.5", []string{"千米", "km"}},
	{Ton, "吨", 0, 4, "500", []string{"t"}},
	{WanTon, "吨", 4, 4, "1.2", nil},
	{Household, "户", 0, 0, "120", nil},
	{Person, "人", 0, 0, "35", []string{"名"}},
	{WanPerson, "人", 4, 4, "1.2", nil},
	{Item, "项", 0, 0, "12", nil},
	{Piece, "个", 0, 0, "12", nil},
	{Case, "件", 0, 0, "12", []string{"宗"}},
	{Times, "次", 0, 0, "2", nil},
	{Building, "栋", 0, 0, "6", []string{"幢", "座"}},
	{Company, "家", 0, 0, "8", nil},
	{Day, "天", 0, 0, "15", []string{"日"}},
	{Percent, "%", 0, 4, "12.5", []string{"％"}},
	{PercentagePoint, "个百分点", 0, 4, "0.5", []string{"百分点"}},
	{Point, "分", 0, 4, "8.5", nil},
}

func (u Unit) rule() (unitRule, bool) {
	i := slices.IndexFunc(units, func(r unitRule) bool { return r.unit == u })
	if i < 0 {
		return unitRule{}, false
	}
	return units[i], true
}

// Valid reports whether u is a unit that the package knows.
func (u Unit) Valid() bool { _, ok := u.rule(); return ok }

// Decimals is the number of decimals that a value in u may have; 0 for what is counted.
func (u Unit) Decimals() int { r, _ := u.rule(); return r.decimals }

// Units lists the known units in the order in which a form offers them.
func Units() []Unit {
	out := make([]Unit, len(units))
	for i, r := range units {
		out[i] = r.unit
	}
	return out
}

// ParseUnit reads a unit as people write it (㎡, 平米, 千米, ％); ok is false when it is not known.
func ParseUnit(s string) (u Unit, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, r := range units {
		if string(r.unit) == s || slices.Contains(r.also, s) {
			return r.unit, true
		}
	}
	return "", false
}
