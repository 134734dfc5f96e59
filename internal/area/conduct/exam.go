package conduct

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"duban/internal/spine/ledger"
)

// Exam is what was seen of a person where the work is done (一线考察记录). It is personal data: see the package comment.
// Source: domain 9 (一线考察记录: 干部, 项目, 时间, 事实, 评价人, 密级; the guard).
type Exam struct {
	ID         int64
	PersonID   int64
	TaskID     int64  // 0 if it is about no task
	Task       string // its title, where records are read
	Place      string
	ObservedOn string
	Fact       string
	View       string // 评价
	Assessors  []int64
	WrittenBy  int64
	At         int64

	salt string
}

// sealed is a salted digest: the ledger is never rewritten, and so holds nothing of a person; whoever has the row can prove that it was not changed.
func (e Exam) sealed() any {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%d\n%d\n%q\n%s\n%q\n%q\n%s\n%d\n%d", e.salt, e.PersonID, e.TaskID, e.Place, e.ObservedOn, e.Fact, e.View, joinIDs(e.Assessors), e.WrittenBy, e.At)
	return map[string]any{"digest": hex.EncodeToString(h.Sum(nil))}
}

// Reader is somebody whom a leader has named to read and write the records of persons, for a time (查阅人).
type Reader struct {
	ID       int64
	PersonID int64
	Reason   string
	UntilOn  string
	NamedBy  int64
	At       int64
	EndedAt  int64
}

// Holds reports whether the naming holds on the day.
func (r Reader) Holds(today string) bool { return r.EndedAt == 0 && today <= r.UntilOn }

func (r Reader) sealed() any {
	return map[string]any{"person": ledger.Person(r.PersonID), "named_by": ledger.Person(r.NamedBy), "reason": r.Reason, "until_on": r.UntilOn, "at": r.At, "ended_at": r.EndedAt}
}

// Access is one opening of a person's records: who, whose, what for (查阅日志).
type Access struct {
	ReaderID int64
	PersonID int64
	Act      string // read, write
	Purpose  string
	At       int64
}

// Chinese returns what was done.
func (a Access) Chinese() string {
	return map[string]string{"read": "查阅", "write": "写入"}[a.Act]
}
