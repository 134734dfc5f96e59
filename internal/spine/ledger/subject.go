package ledger

import (
	"context"
	"sort"
	"sync"

	"duban/internal/base/sqldb"
)

// Reader yields every sealed row of a region in the form that was given to Row.
type Reader func(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error

// Labels are the Chinese names of a row's fields, for findings; that of "" names the kind itself.
type Labels map[string]string

// actors are the names of the fields that say who acted, in all kinds of rows.
var actors = Labels{"entered_by": "录入人", "reported_by": "报告人", "verified_by": "核验人", "proposed_by": "提出人", "decided_by": "决定人", "submitted_by": "填报人",
	"signed_by": "签字人", "opened_by": "发起人", "computed_by": "计算人", "confirmed_by": "确认人", "reviewed_by": "审核人", "approved_by": "审定人", "drafted_by": "起草人",
	"frozen_by": "冻结人", "filed_by": "提出人", "issued_by": "下发人", "stated_by": "说明人", "published_by": "签发人", "answered_by": "答复人", "closed_by": "销号人",
	"replied_by": "答复人", "raised_by": "提出人", "explained_by": "说明人", "found_by": "认定人", "archived_by": "归档人", "adopted_by": "发布人", "done_by": "完成人",
	"set_by": "设定人", "given_by": "给予人", "named_by": "指定人", "offered_by": "提交人", "leader": "组长", "inspectors": "督查人员", "inspector": "核验人",
	"panel_members": "认定小组成员", "person": "人员", "members": "专班成员", "claimed_by": "申报人"}

type subject struct {
	kind   string
	read   Reader
	labels Labels
	late   bool // older programs entered rows of the kind without sealing any
}

var (
	subjectsMu sync.Mutex
	subjects   = map[string]subject{}
)

// RegisterSubject tells Verify how to read the sealed rows (业务行) of a kind: "campaign.report". Each area registers
// its kinds when it is made; a later registration of a kind takes the place of the earlier.
func RegisterSubject(kind string, read Reader, labels ...Labels) {
	register(subject{kind: kind, read: read, labels: Labels{}}, labels)
}

// RegisterTakenIn is RegisterSubject for a kind whose rows stood before any program sealed one: the first program that does seals all of them at once, and
// a region whose ledger has no row of the kind yet is counted, not accused.
func RegisterTakenIn(kind string, read Reader, labels ...Labels) {
	register(subject{kind: kind, read: read, labels: Labels{}, late: true}, labels)
}

func register(s subject, labels []Labels) {
	for _, l := range labels {
		for k, v := range l {
			s.labels[k] = v
		}
	}
	subjectsMu.Lock()
	defer subjectsMu.Unlock()
	subjects[s.kind] = s
}

func registered() (out []subject) {
	subjectsMu.Lock()
	defer subjectsMu.Unlock()
	for _, s := range subjects {
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].kind < out[j].kind })
	return out
}

// FieldName is what a field of a kind's sealed rows is called (字段名); "" if nobody has said.
func FieldName(kind, field string) string {
	if l := subjectOf(kind).labels[field]; l != "" {
		return l
	}
	return actors[field]
}
