package conduct

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// On real laws: no pair of different topics is taken for a copy, every pair with much in common is.
func TestLikenessOnLaws(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "near_duplicate_zh")
	b, err := os.ReadFile(filepath.Join(dir, "pairs.tsv"))
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("the real laws are not on this machine: ", err)
	}
	texts := map[string]string{}
	read := func(id string) string {
		if _, ok := texts[id]; !ok {
			b, err := os.ReadFile(filepath.Join(dir, "docs", id+".md"))
			if err != nil {
				t.Fatal(err)
			}
			texts[id] = string(b)
		}
		return texts[id]
	}
	limit := DefaultRules.SimilarPercent
	var different, copies, worst int64
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n")[1:] {
		f := strings.Split(line, "\t")
		known, err := strconv.ParseFloat(f[3], 64)
		if err != nil {
			t.Fatal(err)
		}
		l := Compare(read(f[1]), read(f[2]))
		flagged := l.Above(limit)
		switch {
		case f[0] == "different_topic":
			different++
			worst = max(worst, l.Common*10000/l.All)
			if flagged {
				t.Errorf("%s and %s are of different topics and were flagged at %d%%", f[1], f[2], l.Percent())
			}
		case known > 0.3:
			copies++
			if !flagged {
				t.Errorf("%s and %s have %s in common and were not flagged: %d of %d", f[1], f[2], f[3], l.Common, l.All)
			}
		}
	}
	if different < 100 || copies < 10 {
		t.Errorf("only %d pairs of different topics and %d copies", different, copies)
	}
	t.Logf("%d pairs of different topics, the most alike %d/10000; %d copies, all flagged above %d%%", different, worst, copies, limit)
}

func TestLikeness(t *testing.T) {
	same := "本月继续推进征迁工作，已入户宣传政策，群众工作正在进行。"
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{same, same, true},
		{same, strings.ReplaceAll(same, "，", " , "), true},
		{same, "完成签约 35 户，拆除房屋 12 栋，交地 40 亩，剩余 3 户因继承纠纷已进入调解。", false},
		{"推进正常", "推进正常。", true},
		{"推进正常", "已开工", false},
		{"已签约35户", "已签约40户", false},
		{"已签约３５户，腾空２０户", "已签约35户，腾空20户", true},
		{"", "", false},
		{"", same, false},
	} {
		if got := Compare(c.a, c.b).Above(DefaultRules.SimilarPercent); got != c.want {
			t.Errorf("%q and %q: %v", c.a, c.b, got)
		}
	}
}
