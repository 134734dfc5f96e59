package score

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
)

//go:embed packs/*.yaml
var packFiles embed.FS

// Packs returns the ids of the rule packs (规则包) shipped as samples (样例), sorted.
func Packs() []string {
	var out []string
	entries, _ := fs.ReadDir(packFiles, "packs")
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(out)
	return out
}

// PackText returns a pack's YAML, to be copied and changed by the office; false if there is none of that id.
func PackText(id string) ([]byte, bool) {
	b, err := packFiles.ReadFile("packs/" + id + ".yaml")
	return b, err == nil
}

// Pack parses a shipped pack.
func Pack(id string) (*Scheme, error) {
	b, ok := PackText(id)
	if !ok {
		return nil, &SyntaxError{[]Problem{{Error, "规则包", "没有“" + id + "”这个规则包。现有：" + strings.Join(Packs(), "、")}}}
	}
	return Parse(b)
}
