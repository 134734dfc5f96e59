package template

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
)

// Paper is a kind of paper that is filled from a template (公文).
type Paper struct {
	Key     string    // in addresses: confirmation
	Name    string    // 目标任务确认书
	Office  auth.Role // who issues it, and so keeps its template
	Default func() []byte
	Check   func(file []byte) error // Invalid, in words that say how to mend the file
}

// Version is a template that an office has made (自备模板), as it was taken.
type Version struct {
	ID       int64
	Paper    string // the key
	Revision int64  // 1, 2, 3, … of its paper
	FileName string
	Size     int64
	SHA256   string
	Note     string
	MadeBy   int64
	MadeAt   int64
}

func (v Version) sealed() any {
	return struct {
		Paper    string        `json:"paper"`
		Revision int64         `json:"revision"`
		FileName string        `json:"file_name"`
		SHA256   string        `json:"sha256"`
		Note     string        `json:"note"`
		MadeBy   ledger.Person `json:"made_by"`
	}{v.Paper, v.Revision, v.FileName, v.SHA256, v.Note, ledger.Person(v.MadeBy)}
}

// Turn says which template a paper has from an instant on (启用): a version, or the default.
type Turn struct {
	ID       int64
	Paper    string
	Turn     int64 // 1, 2, 3, … of its paper
	Revision int64 // 0 = the default
	Reason   string
	MadeBy   int64
	MadeAt   int64
}

func (t Turn) sealed() any {
	return struct {
		Paper    string        `json:"paper"`
		Turn     int64         `json:"turn"`
		Revision int64         `json:"revision"`
		Reason   string        `json:"reason"`
		MadeBy   ledger.Person `json:"made_by"`
		MadeAt   int64         `json:"made_at"`
	}{t.Paper, t.Turn, t.Revision, t.Reason, ledger.Person(t.MadeBy), t.MadeAt}
}

// Sum is the fingerprint of a file: its SHA-256 in hex.
func Sum(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:])
}

// Uploading is a template as it is handed in.
type Uploading struct {
	Paper    string
	FileName string
	Note     string // what was changed
	File     []byte
}

// maxVersions of one paper. Who needs more than this changes the paper, not its template.
const maxVersions = 200

// check is the rule for what is handed in, by itself: there is a file, it differs from the default, and the paper's own check holds. It is pure, and takes
// its time: it fills the template.
func (u *Uploading) check(p Paper) error {
	u.FileName, u.Note = path.Base(strings.ReplaceAll(strings.TrimSpace(u.FileName), `\`, "/")), strings.TrimSpace(u.Note)
	switch n := len([]rune(u.Note)); {
	case len(u.File) == 0:
		return errs.At("file", "还没有选文件。请选改好的 .docx 模板。")
	case n > 200:
		return errs.At("note", "说明最多 200 字，现在是 %d 字。", n)
	case len([]rune(u.FileName)) > 120:
		return errs.At("file", "文件名太长，请改短再传。")
	}
	if Sum(u.File) == Sum(p.Default()) {
		return errs.At("file", "这个文件和默认模板一模一样，不用上传。请改好后再传。")
	}
	return p.Check(u.File)
}

// next is the rule for taking it beside the versions that there are. It is pure.
func (u *Uploading) next(p Paper, before []Version) error {
	if len(before) >= maxVersions {
		return errs.At("file", "“%s”已经有 %d 版自备模板，不能再加。请在已有的版本里选一版启用。", p.Name, len(before))
	}
	sum := Sum(u.File)
	for _, v := range before {
		if v.SHA256 == sum {
			return errs.At("file", "这个文件和第 %d 版一模一样。要用它，请直接启用第 %d 版。", v.Revision, v.Revision)
		}
	}
	return nil
}
