package campaign

import (
	"encoding/json"
	"testing"
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
