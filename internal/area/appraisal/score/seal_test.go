package score

import (
	"math/rand"
	"testing"

	"github.com/govalues/decimal"
)

// The bytes of data are written by hand for speed; they are those that encoding/json writes, for any text.
func TestDataBytes(t *testing.T) {
	texts := []string{"", "甲镇", "a\"b", `\`, "line\nbreak", "\t", "\x01", "\u2028", "\u2029", "‧", "<b>&", "bad\xff", "𠮷", "\u0000", "\x7f", "=1+1"}
	r := rand.New(rand.NewSource(1))
	pick := func() string { return texts[r.Intn(len(texts))] + texts[r.Intn(len(texts))] }
	number := func() decimal.NullDecimal {
		switch r.Intn(4) {
		case 0:
			return decimal.NullDecimal{}
		case 1:
			return decimal.NullDecimal{Decimal: decimal.MustNew(r.Int63n(3), r.Intn(2))}
		}
		return Some(decimal.MustNew(r.Int63()-r.Int63(), r.Intn(19)))
	}
	for n := range 300 {
		d := Data{Period: pick(), Rows: []Input{}}
		for range n {
			d.Rows = append(d.Rows, Input{pick(), pick(), pick(), pick(), number(), number(), pick(), number(), pick(), Kind(pick()), pick(), r.Intn(2) == 0, pick()})
		}
		if got, want := string(d.bytes()), string(encode(d)); got != want {
			t.Fatalf("written\n%s\nwant\n%s", got, want)
		}
	}
	if got := string(Data{}.bytes()); got != `{"period":"","rows":[]}` {
		t.Error(got)
	}
}

// A number is written without the decimals that it does not need.
func TestNumText(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for range 20000 {
		c, s := r.Int63n(1<<uint(1+r.Intn(60)))-r.Int63n(1<<uint(1+r.Intn(60))), r.Intn(7)
		d := decimal.MustNew(c, s)
		if got, want := FromDecimal(d).String(), d.Trim(0).String(); got != want && d.Sign() != 0 {
			t.Fatal(got, want)
		}
	}
}
