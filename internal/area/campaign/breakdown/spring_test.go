package breakdown

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestSprings holds the first days of the lunar year to the holidays that the State Council gave: each lies within the days off of its own
// 春节, and no year with such days lacks one.
func TestSprings(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "..", "shared", "data", "holidays", "chinese-days.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Holidays map[string]string }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, d := range springs {
		known[d[:4]] = true
	}
	off, held := map[string]bool{}, 0
	for d, name := range file.Holidays {
		if len(name) > 15 && name[:15] == "Spring Festival" && d >= "2010" {
			off[d[:4]] = true
			if !known[d[:4]] {
				t.Errorf("no first day for %s", d)
			}
		}
	}
	for _, d := range springs {
		if !off[d[:4]] {
			continue
		}
		if held++; len(file.Holidays[d]) < 15 || file.Holidays[d][:15] != "Spring Festival" {
			t.Errorf("%s is no day of 春节: %q", d, file.Holidays[d])
		}
	}
	if held < 10 {
		t.Errorf("only %d years were held to the data", held)
	}
}
