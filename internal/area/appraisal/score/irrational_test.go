package score

import "testing"

// TestIrrational holds roots and logarithms to constants that everybody can look up, at fifteen decimals, and to what is exact.
func TestIrrational(t *testing.T) {
	s := mustParse(t, "id: r\nname: 根\nbase: 0\nvariables: [x]\nrounding: {item: 9, total: 9}\nitems:\n  - {name: 甲, weight: 1, method: formula, formula: 对数(x)}\n")
	num := func(s string) Num {
		x, err := ParseNum(s)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, c := range []struct{ src, want string }{
		{"开方(2)", "1.414213562373095"}, {"sqrt(3)", "1.732050807568877"}, {"开方(27, 3)", "3"}, {"开方(2, 3)", "1.259921049894873"}, {"对数(2)", "0.693147180559945"},
		{"ln(10)", "2.302585092994046"}, {"对数(1)", "0"}, {"对数(1/2)", "-0.693147180559945"}, {"几何平均(2, 8)", "4"}, {"几何平均(1, 2, 4)", "2"}, {"几何平均(0, 5)", "0"},
		{"乘方(1.1, 3)", "1.331"}, {"乘方(2, -2)", "0.25"}, {"开方(0)", "0"},
	} {
		v, err := mustFormula(t, c.src).eval(nil)
		if err != nil || v.Cmp(num(c.want)) != 0 {
			t.Errorf("%s = %s %v, want %s", c.src, v.rat().FloatString(16), err, c.want)
		}
	}
	for _, src := range []string{"对数(0)", "对数(-1)", "几何平均(-2, -8)", "开方(-1)", "开方(2, 0)", "开方(2, 1.5)", "乘方(2, 13)", "乘方(0, -1)", "乘方(2, 0.5)"} {
		if v, err := mustFormula(t, src).eval(nil); err == nil {
			t.Errorf("%s = %s", src, v)
		}
	}
	r := Compute(s, Data{Rows: []Input{in("甲镇", "x", "0", "")}})
	if it := r.Groups[0].Rows[0].Items[0]; it.State != Dropped || len(r.Problems) == 0 {
		t.Errorf("%+v %v", it, r.Problems)
	}
}
