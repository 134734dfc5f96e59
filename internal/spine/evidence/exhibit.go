package evidence

import (
	"path"
	"strings"
	"time"

	"duban/internal/base/ref"
	"duban/internal/spine/ledger"
)

// Exhibit is one file offered as proof of one record (佐证材料).
type Exhibit struct {
	RegionID  int64
	ID        int64
	Owner     ref.Ref // the record that it proves
	UnitID    int64   // the unit whose business it is: who sees that unit's reports sees it
	Name      string  // a label, never a path
	Media     string
	Size      int64  // bytes
	SHA256    string // of the bytes that are kept
	Offered   string // SHA-256 of the file as it was offered, before a picture was cleaned
	OfferedBy int64  // person
	OfferedAt time.Time
	Withdrawn time.Time // zero while it stands (撤回)
	Why       string    // it was withdrawn
}

// Standing reports whether the exhibit still counts.
func (e Exhibit) Standing() bool { return e.Withdrawn.IsZero() }

// FileName returns the name under which the file is downloaded: its label with the ending that its content demands.
func (e Exhibit) FileName() string {
	for _, k := range kinds {
		if k.media == e.Media {
			ext := strings.ToLower(path.Ext(e.Name))
			if ext == k.ext || k == jpegKind && ext == ".jpeg" || k == textKind && ext == ".csv" {
				return e.Name
			}
			return e.Name + k.ext
		}
	}
	return e.Name + ".bin"
}

// Picture reports whether a browser may show the file in place.
func (e Exhibit) Picture() bool { return e.Media == jpegKind.media || e.Media == pngKind.media }

// row is what the ledger seals of an exhibit. The label may hold a person's name, so its hash stands for it.
func (e Exhibit) row() map[string]any {
	return map[string]any{"owner": e.Owner.String(), "unit": e.UnitID, "name_sha256": sum([]byte(e.Name)), "media": e.Media, "size": e.Size,
		"sha256": e.SHA256, "offered_sha256": e.Offered, "withdrawn": !e.Standing(), "withdrawn_why": e.Why, "offered_by": ledger.Person(e.OfferedBy)}
}
