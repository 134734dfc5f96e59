package amount

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"duban/internal/base/errs"

	"github.com/govalues/decimal"
)

func TestParseReadsWhatPeopleType(t *testing.T) {
	for _, c := range []struct {
		text string
		want Unit
		out  string
	}{
		{"3亿", WanYuan, "30,000 万元"},
		{"30,000 万元", WanYuan, "30,000 万元"},
		{"30，000万元", YiYuan, "3 亿元"},
		{"８．２６", YiYuan, "8.26 亿元"},
		{"8。26", YiYuan, "8.26 亿元"},
		{"12.5%", Percent, "12.5%"},
		{"１２．５％", Percent, "12.5%"},
		{"12.5", Percent, "12.5%"},
		{"－3", Point, "−3 分"},
		{"—0.5", Percent, "−0.5%"},
		{"1.2万", Household, "12,000 户"},
		{"1.2万", Yuan, "12,000 元"},
		{"1.2万", WanYuan, "1.2 万元"},
		{"1.2万亩", Mu, "12,000 亩"},
		{"98.5万㎡", SquareMetre, "985,000 平方米"},
		{"2公顷", SquareMetre, "20,000 平方米"},
		{"3500米", Kilometre, "3.5 公里"},
		{" 007 ", Piece, "7 个"},
		{".5", Mu, "0.5 亩"},
		{"+3", Item, "3 项"},
		{"¥1,234.50", Yuan, "1,234.5 元"},
		{"-￥8", Yuan, "−8 元"},
		{"人民币5000元", Yuan, "5,000 元"},
		{"0", Household, "0 户"},
		{"-0.00", Mu, "0 亩"},
		{"3.0", Household, "3 户"},
		{"1.2345", YiYuan, "1.2345 亿元"},
		{"12345678.9元", WanYuan, ""},
		{"92233720368547", Household, "92,233,720,368,547 户"},
	} {
		q, err := Parse("投资额", c.text, c.want)
		if c.out == "" {
			if err == nil {
				t.Errorf("%q: read as %s, want a refusal", c.text, q)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
		} else if q.String() != c.out {
			t.Errorf("%q: %s, want %s", c.text, q, c.out)
		}
	}
}

func TestParseRefusesInPlainWords(t *testing.T) {
	for _, c := range []struct {
		text string
		want Unit
		says string
	}{
		{"三亿多", WanYuan, "“投资额”写成了“三亿多”，请写数字，如 30000，单位万元。"},
		{"", WanYuan, "还没有填“投资额”。请写数字，如 30000，单位万元。"},
		{"3,5", YiYuan, "“投资额”写成了“3,5”，逗号的位置不对：逗号只用来每三位分一节，小数点请写“.”。"},
		{"1.5", Household, "“投资额”写成了“1.5”，“户”只能是整数。请改数字。"},
		{"1.005", Yuan, "“投资额”写成了“1.005”，“元”最多 2 位小数。请改数字。"},
		{"12345.6789亿", YiYuan, ""},
		{"3亩", WanYuan, "“投资额”写成了“3亩”，单位应当是万元。请写数字，如 30000。"},
		{"922337203685478", Household, "“投资额”写成了“922337203685478”，数字太大。请检查单位是不是户。"},
		{"922337203685477580700000000000", Household, "“投资额”写成了“92233720368547758070…”，数字太大。请检查单位是不是户。"},
		{"1.23456", Percent, "“投资额”写成了“1.23456”，百分数最多 4 位小数。请改数字。"},
		{"12.5", "斤", "没有“斤”这个单位。"},
		{"abc%", Percent, "“投资额”写成了“abc%”，请写数字，如 12.5，单位“%”。"},
	} {
		_, err := Parse("投资额", c.text, c.want)
		if c.says == "" {
			if err != nil {
				t.Errorf("%q: %v", c.text, err)
			}
			continue
		}
		if err == nil || err.Error() != c.says || errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.says)
		}
	}
	for _, s := range []string{"3亿多", "约3", "3-5", "1e5", "--3", "-+3", "3.", "1.2.3", ",", "¥", "3亿亩亩", "NaN", "∞", "1,2345", "3 000", "=3", "30万多", "1.2万%", "\x00", "3\x00"} {
		if q, err := Parse("投资额", s, YiYuan); err == nil {
			t.Errorf("%q: read as %s, want a refusal", s, q)
		}
	}
	_, err := Parse("投资额", strings.Repeat("很长", 500), YiYuan)
	if err == nil || len(err.Error()) > 300 {
		t.Errorf("a pasted paragraph is not clipped: %v", err)
	}
}

func TestConversion(t *testing.T) {
	for _, c := range []struct {
		n     int64
		scale int
		from  Unit
		to    Unit
		out   string
	}{
		{1144, 1, YiYuan, WanYuan, "1,144,000 万元"},
		{1144, 1, YiYuan, Yuan, "11,440,000,000 元"},
		{30000, 0, WanYuan, YiYuan, "3 亿元"},
		{1, 0, WanYuan, YiYuan, "0.0001 亿元"},
		{1, 0, Yuan, YiYuan, ""},
		{1, 0, Mu, SquareMetre, ""},
		{1, 0, Yuan, Household, ""},
		{15, 1, Hectare, SquareMetre, "15,000 平方米"},
		{92233720368, 0, YiYuan, Yuan, ""},
	} {
		q, err := New(c.n, c.scale, c.from)
		if err != nil {
			t.Fatal(err)
		}
		got, err := q.To(c.to)
		if (err == nil) != (c.out != "") || (err == nil && got.String() != c.out) {
			t.Errorf("%s to %s: %s, %v; want %q", q, c.to, got, err, c.out)
		}
	}
	q, _ := New(12345678, 0, Yuan)
	if r, err := q.Round(YiYuan, 2); err != nil || r.String() != "0.12 亿元" {
		t.Errorf("rounded on purpose: %s, %v", r, err)
	}
	half, _ := New(-125, 2, Mu)
	if r, _ := half.Round(Mu, 1); r.String() != "−1.3 亩" {
		t.Errorf("half away from zero: %s", r)
	}
}

func TestPrinting(t *testing.T) {
	for _, c := range []struct {
		s                    Scaled
		u                    Unit
		str, fixed, in, bare string
	}{
		{1144000, YiYuan, "114.4 亿元", "114.40", "114.4", "114.4"},
		{-12345678, Mu, "−1,234.5678 亩", "−1,234.57", "-1234.5678", "−1,234.5678"},
		{0, Household, "0 户", "0.00", "0", "0"},
		{-40, Mu, "−0.004 亩", "0.00", "-0.004", "−0.004"},
		{10050, Percent, "1.005%", "1.01", "1.005", "1.005"},
		{9999990000, WanYuan, "999,999 万元", "999,999.00", "999999", "999,999"},
	} {
		q := FromScaled(c.s, c.u)
		if q.String() != c.str || q.Fixed(2) != c.fixed || q.Plain() != c.in || q.Number() != c.bare {
			t.Errorf("%d: %q %q %q %q", c.s, q.String(), q.Fixed(2), q.Plain(), q.Number())
		}
	}
}

func TestArithmetic(t *testing.T) {
	a, _ := New(3, 0, YiYuan)
	b, _ := New(5000, 0, WanYuan)
	if s, err := a.Add(b); err != nil || s.String() != "3.5 亿元" {
		t.Errorf("%s %v", s, err)
	}
	if s, err := b.Sub(a); err != nil || s.String() != "−25,000 万元" {
		t.Errorf("%s %v", s, err)
	}
	if c, err := a.Cmp(b); err != nil || c != 1 {
		t.Errorf("%d %v", c, err)
	}
	c3, _ := New(30000, 0, WanYuan)
	if c, err := a.Cmp(c3); err != nil || c != 0 {
		t.Errorf("%d %v", c, err)
	}
	h, _ := New(1, 0, Household)
	if _, err := a.Add(h); err == nil {
		t.Error("money and households were added")
	}
	if _, err := a.Cmp(h); err == nil {
		t.Error("money and households were compared")
	}
	big := FromScaled(math.MaxInt64, WanYuan)
	if s, err := big.Add(big); err == nil {
		t.Errorf("overflow gave %s", s)
	}
	low := FromScaled(-math.MaxInt64, WanYuan)
	if s, err := low.Sub(big); err == nil {
		t.Errorf("overflow downwards gave %s", s)
	}
	if q, err := Of(decimal.MustParse("999999999999999.9999"), Mu); err == nil {
		t.Errorf("%s does not fit into storage", q)
	}
	if c, err := big.Cmp(low); err != nil || c != 1 {
		t.Errorf("%d %v", c, err)
	}
}

// What is stored comes back, and what is printed for an input box is read back: for every unit and many values.
func TestRoundTrips(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, u := range Units() {
		step := int64(1)
		for range MaxDecimals - u.Decimals() {
			step *= 10
		}
		for i := range 400 {
			n := rnd.Int64N(math.MaxInt64>>uint(i%50)) / step * step
			if i%2 == 1 {
				n = -n
			}
			q := FromScaled(Scaled(n), u)
			back, err := q.ToScaled()
			if err != nil || int64(back) != n {
				t.Fatalf("%s: stored %d, came back %d, %v", u, n, back, err)
			}
			for _, text := range []string{q.Plain(), q.Number(), q.String()} {
				p, err := Parse("数", text, u)
				if err != nil {
					t.Fatalf("%q in %s: %v", text, u, err)
				}
				if c, err := p.Cmp(q); err != nil || c != 0 {
					t.Fatalf("%q in %s read back as %s", text, u, p)
				}
			}
		}
	}
	if _, err := (Quantity{decimal.MustParse("0.12345"), Mu}).ToScaled(); err == nil {
		t.Error("a fifth decimal was dropped in silence")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"3亿", "30,000 万元", "８．２６", "12.5%", "－3", "1.2万", "1e9", "0.00005亿"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, u := range []Unit{Yuan, WanYuan, YiYuan, Percent, Household} {
			q, err := Parse("数", s, u)
			if err != nil {
				continue
			}
			p, err := Parse("数", q.String(), u)
			if err != nil || p != q {
				t.Errorf("%q: %s read back as %s, %v", s, q, p, err)
			}
		}
	})
}
