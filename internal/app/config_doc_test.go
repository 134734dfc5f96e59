package app

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// TestConfigDoc holds the operators' reference (docs/operate/config.md) to Config: the same keys in the same order, with the
// same defaults and the same words.
func TestConfigDoc(t *testing.T) {
	text, err := os.ReadFile("../../docs/operate/config.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `(\\w+)` \\| `(\\w+)` \\|([^|]*)\\| ([^|]+) \\|$").FindAllStringSubmatch(string(text), -1)
	v := reflect.ValueOf(defaults())
	var want, got []string
	for i, f := range fields() {
		key, def := f.Tag.Get("koanf"), ""
		if x := v.Field(i); !x.IsZero() || x.Kind() == reflect.Int64 {
			def = fmt.Sprint(x.Interface())
		}
		want = append(want, strings.Join([]string{key, "DUBAN_" + strings.ToUpper(key), def, f.Tag.Get("help")}, " | "))
	}
	for _, r := range rows {
		got = append(got, strings.Join([]string{r[1], r[2], strings.Trim(r[3], " `"), strings.TrimSpace(r[4])}, " | "))
	}
	for i := range max(len(want), len(got)) {
		var w, g string
		if i < len(want) {
			w = want[i]
		}
		if i < len(got) {
			g = got[i]
		}
		if w != g {
			t.Errorf("row %d of docs/operate/config.md is\n\t%q\nthe program has\n\t%q", i+1, g, w)
		}
	}
}
