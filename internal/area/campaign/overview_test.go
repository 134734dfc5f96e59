package campaign

import (
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"testing"

	"duban/internal/base/amount"
)

// TestNumbersRead holds the short reader to encoding/json.
func TestNumbersRead(t *testing.T) {
	for _, s := range []string{
		`{"kind":"verified","month":"2017-03","pace_x10000":"3000000","plan_revision":"1","target_x10000":"12000000","value_x10000":"2100000"}`,
		`{"target_x10000":"12000000"}`, `{}`, `{"kind":"a\"b","value_x10000":"1"}`, `{"kind": "reported", "value_x10000":"1"}`, `{"value_x10000":1}`,
		`{"other":{"kind":"x"},"kind":"reported"}`, `{"kind":"汉字"}`, ``, `[]`, `{"kind":"x"`, `{"kind":"x"}}`, `{"kind":"x",}`, `{"a,":"b:c","kind":"}"}`,
	} {
		var got, want numbers
		ok := got.read(s)
		if err := json.Unmarshal([]byte(s), &want); ok != (err == nil) || ok && got != want {
			t.Errorf("%s: got %+v, %v, want %+v, %v", s, got, ok, want, err)
		}
	}
}

// TestSum holds the 128 bits to big numbers.
func TestSum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		total := amount.Scaled(r.Int64N(1<<uint(1+r.IntN(62))) + 1)
		v := amount.Scaled(r.Int64N(int64(total)))
		n := new(big.Int).Mul(big.NewInt(int64(v)), big.NewInt(20000))
		n.Add(n, big.NewInt(int64(total)))
		n.Quo(n, new(big.Int).Mul(big.NewInt(int64(total)), big.NewInt(2)))
		if got := ratio(v, total); v > 0 && got != n.Int64() {
			t.Fatalf("ratio(%d, %d) is %d, want %s", v, total, got, n)
		}
	}
}
