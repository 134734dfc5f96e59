package appraisal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/receipt"
)

// objectionDays is how long a unit may object, and how long the review may take, in working days. Source: domain 13.14, 15.2.
const (
	objectionDays = 5
	reviewDays    = 10
)

// OpenRound opens the appraisal of a month or quarter, whichever the scheme is for, under a frozen scheme, after it is over. Errors: Invalid, Conflict.
func (s *Service) OpenRound(ctx context.Context, key string, q period.Term, schemeID int64, release Release) (Round, error) {
	who, err := auth.Require(ctx, MayRun)
	if err != nil {
		return Round{}, err
	}
	var r Round
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		prev, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.round.open")
		if err != nil {
			return err
		}
		if dup {
			r, err = s.roundByText(ctx, tx, who, prev)
			return err
		}
		if !q.Valid() {
			return errs.At("period", "季度请写成“2017年二季度”，月份写成“2017年5月”。")
		}
		if q.Last().End().After(tx.Now()) {
			return errs.At("period", "%s还没有结束，不能评比。", q.Chinese())
		}
		if release != ByTier && release != ByRank {
			return errs.At("release", "请选公布口径：只公布档次，或公布得分和名次。")
		}
		x, parsed, err := s.scheme(ctx, tx, who.RegionID, schemeID)
		if err != nil {
			return err
		}
		kind := Quarterly
		if q.Monthly() {
			kind = Monthly
		}
		switch {
		case kind == Quarterly && parsed.Period == "month":
			return errs.At("period", "考核办法“%s”按月评比，时段请写月份，如 %s。", x.Name, q.Last())
		case kind == Monthly && parsed.Period != "month":
			return errs.At("period", "考核办法“%s”不按月评比，时段请写季度，如 %s。", x.Name, q.Last().Quarter())
		}
		if x.State != Frozen {
			return errs.At("scheme", "考核办法“%s”第%d版%s。评比只能用已定稿的办法。", x.Name, x.Revision, x.State.Chinese())
		}
		if x.FromOn > period.Day(q.Last().End().Add(-1)) {
			return errs.At("scheme", "考核办法从 %s 起执行，不能用来评%s。", x.FromOn, q.Chinese())
		}
		r = Round{ID: s.ids(), Kind: kind, Period: string(q), Title: q.Chinese() + "评比", SchemeID: schemeID, State: Open, Release: release,
			CutoffOn: period.Day(q.Last().End().Add(-1)), OpenedBy: who.ID, OpenedAt: tx.Now().UnixMilli(), Version: 1}
		if _, err := tx.Exec(ctx, insertRound, who.RegionID, r.ID, r.Kind.stored(), r.Period, r.Title, r.SchemeID, string(r.State), string(r.Release), r.CutoffOn, r.OpenedBy, r.OpenedAt); err != nil {
			if errs.KindOf(err) == errs.Conflict {
				return errs.New(errs.Conflict, "%s已经用这个办法开了一轮评比。", q.Chinese())
			}
			return err
		}
		if err := receipt.Give(ctx, tx, who, key, fmt.Sprint(r.ID)); err != nil {
			return err
		}
		return s.seal(ctx, tx, who, r, "open")
	})
	return r, err
}

func (s *Service) roundByText(ctx context.Context, tx *sqldb.Tx, who auth.Actor, id string) (Round, error) {
	var n int64
	fmt.Sscan(id, &n)
	return sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, n)
}

func (s *Service) seal(ctx context.Context, tx *sqldb.Tx, who auth.Actor, r Round, verb string) error {
	subject := ref.Ref{Kind: "appraisal.round", ID: r.ID}
	if err := ledger.Append(ctx, tx, who, subject, verb, ledger.Row(r.sealed())); err != nil {
		return err
	}
	return s.out.Publish(ctx, tx, who.RegionID, "appraisal.round."+verb, subject, map[string]any{"period": r.Period, "state": r.State, "revision": r.Revision})
}

// step runs one step of a round's life: load, rule, save, seal. fn changes r and says what the step is called.
func (s *Service) step(ctx context.Context, p auth.Permission, key, act string, id, version int64, fn func(tx *sqldb.Tx, who auth.Actor, r *Round) (verb string, err error)) (r Round, err error) {
	who, err := auth.Require(ctx, p)
	if err != nil {
		return r, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if r, err = sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, id); err != nil {
			return err
		}
		if _, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.round."+act); err != nil || dup {
			return err
		}
		verb, err := fn(tx, who, &r)
		if err != nil {
			return err
		}
		return s.save(ctx, tx, who, &r, version, verb)
	})
	return r, err
}

func wrongState(r Round, want string) error {
	return errs.New(errs.Conflict, "%s现在到了“%s”这一步，不能%s。", r.Title, r.State.Chinese(), want)
}

// Compute collects the quarter's facts and scores them (试算). It may be done again until the data source has confirmed. Nothing is typed in.
func (s *Service) Compute(ctx context.Context, key string, id, version int64) (Round, error) {
	return s.step(ctx, MayRun, key, "compute", id, version, func(tx *sqldb.Tx, who auth.Actor, r *Round) (string, error) {
		if r.State != Open && r.State != Trial {
			return "", wrongState(*r, "再试算")
		}
		_, parsed, err := s.scheme(ctx, tx, who.RegionID, r.SchemeID)
		if err != nil {
			return "", err
		}
		if r.Kind == YearEnd {
			r.State, r.ComputedBy = Trial, who.ID
			return "compute", s.computeYear(ctx, tx, who, r, parsed, "试算")
		}
		f, err := s.load(ctx, tx, who.RegionID, r.Term())
		if err != nil {
			return "", err
		}
		data := f.collect(r.Term(), parsed)
		if len(data.Rows) == 0 {
			return "", errs.New(errs.Invalid, "%s没有一个单位有到期任务，算不出得分。请先看任务书和月报。", r.Term().Chinese())
		}
		r.State, r.ComputedBy = Trial, who.ID
		return "compute", s.write(ctx, tx, who, r, ownRows(data), score.Compute(parsed, data), f.dir, "试算")
	})
}

func (s *Service) scheme(ctx context.Context, tx *sqldb.Tx, regionID, id int64) (Scheme, *score.Scheme, error) {
	x, err := sqldb.One(ctx, tx, selectScheme, scanScheme, regionID, id)
	if err != nil {
		return x, nil, err
	}
	p, err := x.Parse()
	return x, p, err
}

// write enters a result as the next revision of every group's board with its sheets, and seals the boards.
func (s *Service) write(ctx context.Context, tx *sqldb.Tx, who auth.Actor, r *Round, own func(unit string) []byte, res score.Result, dir *org.Directory, reason string) error {
	unitID := map[string]int64{}
	for _, u := range dir.Units {
		unitID[u.Name] = u.ID
	}
	r.Revision++
	list, sheets := boards(*r, own, res, unitID)
	for g := range list {
		b := &list[g]
		b.ID, b.Revision, b.Reason, b.At = s.ids(), r.Revision, reason, tx.Now().UnixMilli()
		body, err := json.Marshal(b)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, insertBoard, who.RegionID, b.ID, r.ID, b.Revision, b.Group, string(body), reason, b.At); err != nil {
			return err
		}
		for _, l := range b.Lines {
			sh := sheets[int64(g)][l.UnitID]
			if _, err := tx.Exec(ctx, insertSheet, who.RegionID, s.ids(), b.ID, l.UnitID, string(sh.Data), string(sh.Result)); err != nil {
				return err
			}
		}
		if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: "appraisal.board", ID: b.ID}, "score", ledger.Row(b.sealed())); err != nil {
			return err
		}
	}
	return nil
}

// Confirm is the data source's word that the collected values are its own (数据来源确认). Who computed does not confirm.
func (s *Service) Confirm(ctx context.Context, key string, id, version int64) (Round, error) {
	return s.step(ctx, MayConfirm, key, "confirm", id, version, func(tx *sqldb.Tx, who auth.Actor, r *Round) (string, error) {
		if r.State != Trial {
			return "", wrongState(*r, "确认数据")
		}
		if r.ComputedBy == who.ID {
			return "", errs.New(errs.Forbidden, "试算是您做的，数据要由别人确认。")
		}
		r.State, r.ConfirmedBy = Confirmed, who.ID
		if r.Kind != YearEnd { // a year is made of terms that were looked at
			return "confirm", s.drawSpots(ctx, tx, who, *r)
		}
		return "confirm", nil
	})
}

// Remark keeps what a unit says of its own trial score before the review (单位自评). It is no input of any score.
func (s *Service) Remark(ctx context.Context, key string, roundID int64, text string) error {
	who, err := auth.Require(ctx, MayObject)
	if err != nil {
		return err
	}
	if text = strings.TrimSpace(text); text == "" || len([]rune(text)) > 500 {
		return errs.At("text", "请写 1 到 500 字的说明。")
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.remark"); err != nil || dup {
			return err
		}
		r, err := sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, roundID)
		if err != nil {
			return err
		}
		if r.State != Confirmed {
			return wrongState(r, "写自评说明")
		}
		if _, err := tx.Exec(ctx, upsertRemark, who.RegionID, roundID, who.UnitID, text, who.ID, tx.Now().UnixMilli()); err != nil {
			return err
		}
		return ledger.Append(ctx, tx, who, ref.Ref{Kind: "appraisal.round", ID: roundID}, "remark", map[string]any{"text": text})
	})
}

// Review is the appraisal office's first review (初核) by somebody who did not compute the round. Every value that was drawn must have been answered; what
// was found to differ enters the score as its next revision. note sums up.
func (s *Service) Review(ctx context.Context, key string, id, version int64, note string) (Round, error) {
	return s.step(ctx, MayRun, key, "review", id, version, func(tx *sqldb.Tx, who auth.Actor, r *Round) (string, error) {
		if r.State != Confirmed {
			return "", wrongState(*r, "初核")
		}
		if r.ComputedBy == who.ID {
			return "", errs.New(errs.Forbidden, "试算是您做的，初核要由考核办的另一个人做。")
		}
		if note = strings.TrimSpace(note); note == "" {
			return "", errs.At("note", "请写明抽查了哪些数据、结果如何。")
		}
		if err := s.settleSpots(ctx, tx, who, r); err != nil {
			return "", err
		}
		r.State, r.ReviewedBy, r.ReviewNote = Reviewed, who.ID, note
		return "review", nil
	})
}

// Announce tells every unit its details in writing with the right to object within the objection period (公示异议).
func (s *Service) Announce(ctx context.Context, key string, id, version int64) (Round, error) {
	return s.step(ctx, MayRun, key, "announce", id, version, func(tx *sqldb.Tx, who auth.Actor, r *Round) (string, error) {
		if r.State != Reviewed {
			return "", wrongState(*r, "公示")
		}
		cal, err := s.calendar.LoadIn(ctx, tx)
		if err != nil {
			return "", err
		}
		if r.ObjectionUntil, err = cal.AddWorkdays(period.Day(tx.Now()), objectionDays); err != nil {
			return "", err
		}
		r.State = Announced
		list, err := sqldb.All(ctx, tx, selectBoards, scanBoard, who.RegionID, r.ID, r.Revision)
		if err != nil {
			return "", err
		}
		for _, b := range list {
			for _, l := range b.Lines {
				if err := s.todos.Open(ctx, tx, who.RegionID, notice.Todo{Unit: l.UnitID, Kind: "appraisal.objection.file", Subject: ref.Ref{Kind: "appraisal.round", ID: r.ID},
					Title: "核对" + r.Title + "得分，有异议请在期限内提出", Href: fmt.Sprintf("/appraisal/%d?open=%d", r.ID, l.UnitID), DueOn: r.ObjectionUntil}); err != nil {
					return "", err
				}
			}
		}
		return "announce", nil
	})
}

// FileObjection objects to the own score within the period. Errors: Invalid, Conflict.
func (s *Service) FileObjection(ctx context.Context, key string, roundID int64, item, text string) (Objection, error) {
	who, err := auth.Require(ctx, MayObject)
	if err != nil {
		return Objection{}, err
	}
	o := Objection{RoundID: roundID, UnitID: who.UnitID, Item: item, Text: strings.TrimSpace(text), State: Filed, FiledBy: who.ID, Version: 1}
	if n := len([]rune(o.Text)); n < 5 || n > 500 {
		return o, errs.At("text", "请用 5 到 500 字写清楚：哪个数不对，应当是多少，凭什么。")
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.objection.file"); err != nil || dup {
			return err
		}
		r, err := sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, roundID)
		if err != nil {
			return err
		}
		if _, _, err := s.line(ctx, tx, who.RegionID, r, who.UnitID); err != nil {
			return err
		}
		if r.State != Announced {
			return wrongState(r, "提出异议")
		}
		today := period.Day(tx.Now())
		if today > r.ObjectionUntil {
			return errs.New(errs.Conflict, "异议期到 %s 已经结束。", r.ObjectionUntil)
		}
		cal, err := s.calendar.LoadIn(ctx, tx)
		if err != nil {
			return err
		}
		if o.DueOn, err = cal.AddWorkdays(today, reviewDays); err != nil {
			return err
		}
		o.ID, o.FiledAt = s.ids(), tx.Now().UnixMilli()
		if _, err := tx.Exec(ctx, insertObjection, who.RegionID, o.ID, o.RoundID, o.UnitID, o.Item, o.Text, string(o.State), o.DueOn, o.FiledBy, o.FiledAt); err != nil {
			return err
		}
		if err := s.todos.Open(ctx, tx, who.RegionID, notice.Todo{Role: auth.Appraiser, Kind: "appraisal.objection.decide", Subject: ref.Ref{Kind: "appraisal.objection", ID: o.ID},
			Title: r.Title + "有一件异议待复核", Href: fmt.Sprintf("/appraisal/%d/objections", r.ID), DueOn: o.DueOn}); err != nil {
			return err
		}
		subject := ref.Ref{Kind: "appraisal.objection", ID: o.ID}
		if err := ledger.Append(ctx, tx, who, subject, "file", ledger.Row(o.sealed())); err != nil {
			return err
		}
		return s.out.Publish(ctx, tx, who.RegionID, "appraisal.objection.filed", subject, map[string]any{"unit": o.UnitID, "round": roundID})
	})
	return o, err
}

// WithdrawObjection takes an objection back (撤回异议): the unit that filed it, until it is decided. The record stays with what was said; the unit may
// object again within the period. Errors: Invalid, NotFound, Conflict.
func (s *Service) WithdrawObjection(ctx context.Context, key string, id, version int64, words string) (o Objection, err error) {
	who, err := auth.Require(ctx, MayObject)
	if err != nil {
		return o, err
	}
	words = strings.TrimSpace(words)
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if o, err = sqldb.One(ctx, tx, selectObjection, scanObjection, who.RegionID, id); err != nil {
			return err
		}
		if o.UnitID != who.UnitID { // another unit's objection does not exist for it
			return errs.New(errs.NotFound, "没有找到，或者您无权查看")
		}
		if _, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.objection.withdraw"); err != nil || dup {
			return err
		}
		if n := len([]rune(words)); n < 2 || n > 200 {
			return errs.At("words", "请用 2 到 200 字写明为什么撤回。")
		}
		if o.State != Filed {
			return errs.New(errs.Conflict, "这件异议%s，不能再撤回。", o.State.Chinese())
		}
		o.State, o.Decision, o.DecidedBy, o.DecidedAt = TakenBack, words, who.ID, tx.Now().UnixMilli()
		n, err := tx.Exec(ctx, decideObjection, who.RegionID, o.ID, string(o.State), o.DecidedBy, o.DecidedAt, o.Decision, "", "", version)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "这件异议刚有人办过，请刷新页面。")
		}
		o.Version++
		subject := ref.Ref{Kind: "appraisal.objection", ID: o.ID}
		if err := ledger.Append(ctx, tx, who, subject, "withdraw", ledger.Row(o.sealed())); err != nil {
			return err
		}
		if err := s.todos.Done(ctx, tx, who.RegionID, "appraisal.objection.decide", subject); err != nil {
			return err
		}
		return s.out.Publish(ctx, tx, who.RegionID, "appraisal.objection.withdrawn", subject, map[string]any{"unit": o.UnitID, "round": o.RoundID})
	})
	return o, err
}

// Decision is how an objection is decided.
type Decision struct {
	Upheld bool
	Words  string
	Source string // of the input that is corrected: task:17@2017-06
	Value  string // the value found, an exact decimal
}

// DecideObjection decides an objection (复核): by nobody who computed or reviewed the round, filed the objection or belongs to the unit.
// One that is upheld names the input and the value found; the whole round is scored anew as the next revision, and everybody's rank follows.
func (s *Service) DecideObjection(ctx context.Context, key string, id, version int64, d Decision) (Objection, error) {
	who, err := auth.Require(ctx, MayDecide)
	if err != nil {
		return Objection{}, err
	}
	var o Objection
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if o, err = sqldb.One(ctx, tx, selectObjection, scanObjection, who.RegionID, id); err != nil {
			return err
		}
		if _, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.objection.decide"); err != nil || dup {
			return err
		}
		r, err := sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, o.RoundID)
		if err != nil {
			return err
		}
		switch {
		case who.ID == r.ComputedBy || who.ID == r.ReviewedBy:
			return errs.New(errs.Forbidden, "您参加了这一轮的试算或初核，要回避，由别人复核。")
		case who.ID == o.FiledBy || who.InUnit(o.UnitID):
			return errs.New(errs.Forbidden, "这是您本单位的异议，要回避，由别人复核。")
		case o.State == TakenBack:
			return errs.New(errs.Conflict, "这件异议单位已经撤回，不用复核。")
		case o.State != Filed:
			return errs.New(errs.Conflict, "这件异议已经复核过：%s。", o.State.Chinese())
		case r.State != Announced:
			return wrongState(r, "复核异议")
		}
		if d.Words = strings.TrimSpace(d.Words); d.Words == "" {
			return errs.At("words", "复核结论要写理由。")
		}
		o.State = Rejected
		if d.Upheld {
			o.State = Upheld
			if !parse(d.Value).Valid {
				return errs.At("value", "“%s”不是数字。认定的数请写成 86.5 这样。", d.Value)
			}
		}
		o.Decision, o.DecidedBy, o.DecidedAt = d.Words, who.ID, tx.Now().UnixMilli()
		if d.Upheld {
			o.ChangeSource, o.ChangeValue = d.Source, d.Value
		}
		n, err := tx.Exec(ctx, decideObjection, who.RegionID, o.ID, string(o.State), o.DecidedBy, o.DecidedAt, o.Decision, o.ChangeSource, o.ChangeValue, version)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "这件异议刚有人办过，请刷新页面。")
		}
		o.Version++
		subject := ref.Ref{Kind: "appraisal.objection", ID: o.ID}
		if err := ledger.Append(ctx, tx, who, subject, "decide", ledger.Row(o.sealed())); err != nil {
			return err
		}
		if err := s.todos.Done(ctx, tx, who.RegionID, "appraisal.objection.decide", subject); err != nil {
			return err
		}
		if d.Upheld {
			if r.Kind == YearEnd {
				return errs.New(errs.Conflict, "年终得分由各期评比汇总而来。请在有误的那一期更正，再重新汇总年终。")
			}
			c := Correction{UnitID: o.UnitID, Source: o.ChangeSource, Value: o.ChangeValue, Basis: fmt.Sprintf("复核决定 %d", o.ID), Reason: "异议成立：" + o.Decision}
			if err := s.recompute(ctx, tx, who, &r, c.Reason, c); err != nil {
				return err
			}
			if err := s.save(ctx, tx, who, &r, r.Version, "recompute"); err != nil {
				return err
			}
		}
		return s.out.Publish(ctx, tx, who.RegionID, "appraisal.objection.decided", subject, map[string]any{"unit": o.UnitID, "round": o.RoundID, "upheld": d.Upheld})
	})
	return o, err
}

// Correction is one input of a round that is found to be otherwise (更正).
type Correction struct {
	UnitID int64
	Source string // of the input: task:17@2017-06
	Value  string // the value found (认定), an exact decimal
	Basis  string // the decision or document
	Reason string
}

// recompute scores a quarter anew from the sealed rows of the revision in force with inputs corrected.
func (s *Service) recompute(ctx context.Context, tx *sqldb.Tx, who auth.Actor, r *Round, reason string, list ...Correction) error {
	_, parsed, err := s.scheme(ctx, tx, who.RegionID, r.SchemeID)
	if err != nil {
		return err
	}
	data, err := s.data(ctx, tx, who.RegionID, *r, r.Revision)
	if err != nil {
		return err
	}
	dir, err := s.org.Directory(ctx, tx, who.RegionID)
	if err != nil {
		return err
	}
	for _, c := range list {
		unit := dir.Unit(c.UnitID)
		found := false
		for i, row := range data.Rows {
			if unit != nil && row.Unit == unit.Name && row.Source == c.Source {
				correct(&data.Rows[i], parse(c.Value), c.Basis) // less-is-better rows hold the value as their target
				found = true
			}
		}
		if !found {
			return errs.At("source", "得分里没有这一个数据来源，请在得分单里选要更正的那一行。")
		}
	}
	return s.write(ctx, tx, who, r, ownRows(data), score.Compute(parsed, data), dir, reason)
}

// save writes a round's row at the version that was read, and seals it.
func (s *Service) save(ctx context.Context, tx *sqldb.Tx, who auth.Actor, r *Round, version int64, verb string) error {
	n, err := tx.Exec(ctx, updateRound, who.RegionID, r.ID, string(r.State), string(r.Release), r.ObjectionUntil, r.Revision, r.DocNo, r.ComputedBy, r.ConfirmedBy, r.ReviewedBy, r.ApprovedBy, r.ReviewNote, r.PublishedAt, version)
	if err != nil {
		return err
	}
	if n == 0 {
		return errs.New(errs.Conflict, "这一轮评比刚有人办过一步，请刷新页面看现在到哪一步了。")
	}
	r.Version = version + 1
	return s.seal(ctx, tx, who, *r, verb)
}

// Correct corrects an input of a published or locked quarter (更正) by a leader's decision with its document: the next revision is in
// force at once for everybody, the earlier one stays readable. Who computed the round does not correct it. Errors: Invalid, Forbidden, Conflict.
// Source: domain 13.14 (corrections after lock are a new version).
func (s *Service) Correct(ctx context.Context, key string, id, version int64, c Correction) (Round, error) {
	return s.step(ctx, MayApprove, key, "correct", id, version, func(tx *sqldb.Tx, who auth.Actor, r *Round) (string, error) {
		switch {
		case !r.State.Reached(Published):
			return "", wrongState(*r, "更正；发布以前的错误请由单位提出异议")
		case r.Kind == YearEnd:
			return "", errs.New(errs.Conflict, "年终得分由各期评比汇总而来。请在有误的那一期更正，再重新汇总年终。")
		case who.ID == r.ComputedBy:
			return "", errs.New(errs.Forbidden, "试算是您做的，更正要由别人决定。")
		case who.InUnit(c.UnitID):
			return "", errs.New(errs.Forbidden, "这是您本单位的得分，要由别人决定。")
		}
		var bad []errs.Field
		if strings.TrimSpace(c.Basis) == "" {
			bad = append(bad, errs.Field{Name: "basis", Message: "更正要写依据文号。"})
		}
		if strings.TrimSpace(c.Reason) == "" {
			bad = append(bad, errs.Field{Name: "reason", Message: "更正要写原因，会和新版得分一起公开。"})
		}
		if !parse(c.Value).Valid {
			bad = append(bad, errs.Field{Name: "value", Message: "“" + c.Value + "”不是数字。"})
		}
		if err := errs.Refuse("还没更正", bad...); err != nil {
			return "", err
		}
		c.Reason = "更正：" + c.Reason
		return "correct", s.recompute(ctx, tx, who, r, c.Reason, c)
	})
}

// data returns the rows of a revision: the units' sealed rows put together.
func (s *Service) data(ctx context.Context, tx *sqldb.Tx, regionID int64, r Round, revision int64) (score.Data, error) {
	d := score.Data{Period: r.Period}
	list, err := sqldb.All(ctx, tx, selectBoards, scanBoard, regionID, r.ID, revision)
	if err != nil {
		return d, err
	}
	for _, b := range list {
		sheets, err := sqldb.All(ctx, tx, selectSheets, scanSheet, regionID, b.ID)
		if err != nil {
			return d, err
		}
		for _, sh := range sheets {
			own, err := score.ParseData(sh.Data)
			if err != nil {
				return d, err
			}
			d.Rows = append(d.Rows, own.Rows...)
		}
	}
	return d, nil
}

// Approve is the leaders' decision (审定), after the objection period and with every objection decided.
func (s *Service) Approve(ctx context.Context, key string, id, version int64) (Round, error) {
	return s.step(ctx, MayApprove, key, "approve", id, version, func(tx *sqldb.Tx, who auth.Actor, r *Round) (string, error) {
		if r.State != Announced {
			return "", wrongState(*r, "审定")
		}
		if period.Day(tx.Now()) <= r.ObjectionUntil {
			return "", errs.New(errs.Conflict, "异议期到 %s 才结束，结束后再审定。", r.ObjectionUntil)
		}
		list, err := sqldb.All(ctx, tx, selectObjections, scanObjection, who.RegionID, r.ID)
		if err != nil {
			return "", err
		}
		open := 0
		for _, o := range list {
			if o.State == Filed {
				open++
			}
		}
		if open > 0 {
			return "", errs.New(errs.Conflict, "还有 %d 件异议没有复核，复核完再审定。", open)
		}
		r.State, r.ApprovedBy = Approved, who.ID
		return "approve", nil
	})
}

// Publish releases the round to the groups by tier or rank (发布) and signs the ledger's head, so that the result can be proved from then on.
func (s *Service) Publish(ctx context.Context, key string, id, version int64, docNo string) (Round, error) {
	return s.step(ctx, MayRun, key, "publish", id, version, func(tx *sqldb.Tx, who auth.Actor, r *Round) (string, error) {
		if r.State != Approved {
			return "", wrongState(*r, "发布")
		}
		if docNo = strings.TrimSpace(docNo); docNo == "" {
			return "", errs.At("doc_no", "发布要写文号，如“宁区考办〔2017〕5号”。")
		}
		r.State, r.DocNo, r.PublishedAt = Published, docNo, tx.Now().UnixMilli()
		return "publish", s.todos.Done(ctx, tx, who.RegionID, "appraisal.objection.file", ref.Ref{Kind: "appraisal.round", ID: r.ID})
	})
}

// Lock files the round away (归档). A correction after that would be a new revision; the old one stays readable.
func (s *Service) Lock(ctx context.Context, key string, id, version int64) (Round, error) {
	return s.step(ctx, MayRun, key, "lock", id, version, func(tx *sqldb.Tx, who auth.Actor, r *Round) (string, error) {
		if r.State != Published {
			return "", wrongState(*r, "归档")
		}
		r.State = Locked
		return "lock", nil
	})
}

// line returns the board and the line of a unit in the round's revision; NotFound if the unit is not appraised.
func (s *Service) line(ctx context.Context, tx *sqldb.Tx, regionID int64, r Round, unitID int64) (Board, Line, error) {
	list, err := sqldb.All(ctx, tx, selectBoards, scanBoard, regionID, r.ID, r.Revision)
	if err != nil {
		return Board{}, Line{}, err
	}
	for _, b := range list {
		for _, l := range b.Lines {
			if l.UnitID == unitID {
				return b, l, nil
			}
		}
	}
	return Board{}, Line{}, errs.New(errs.NotFound, "没有找到，或者您无权查看")
}

// View is a round as the actor may see it.
type View struct {
	Round      Round
	Revision   int64 // of the boards shown; Round.Revision is the one in force
	Scheme     Scheme
	Boards     []Board
	Full       bool // the actor sees every score: the offices, the leaders, audit
	Own        int64
	Objections []Objection
	Remarks    []Remark
	Revisions  []Revision
	Releases   []Rerelease // changes of the release, the first one first
	Before     []Board     // of the quarter before, as far as the actor may see them
}

// Rounds lists the rounds: all for overseers; for a unit those that have reached it.
func (s *Service) Rounds(ctx context.Context) (out []Round, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		list, err := sqldb.All(ctx, tx, selectRounds, scanRound, who.RegionID)
		for _, r := range list {
			if who.Overseer() || who.Has(auth.Source) || r.State.Reached(Confirmed) {
				out = append(out, r)
			}
		}
		return err
	})
	return out, err
}

// Show returns a round as the actor may see it: seven statements at most. A unit sees its own line from the data source's confirmation on,
// and of its group what the release says once it is published. Source: architecture §4 (who may see what).
func (s *Service) Show(ctx context.Context, id int64) (v View, err error) {
	return s.ShowAt(ctx, id, 0)
}

// ShowAt is Show with the boards of an older revision; 0 is the one in force. What was replaced is never released:
// of an older revision a unit sees its own line only.
func (s *Service) ShowAt(ctx context.Context, id, revision int64) (v View, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return v, err
	}
	v.Own, v.Full = who.UnitID, who.Overseer()
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if v.Round, err = sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, id); err != nil {
			return err
		}
		if !v.Full && !who.Has(auth.Source) && !v.Round.State.Reached(Confirmed) {
			return errs.New(errs.NotFound, "没有找到，或者您无权查看")
		}
		if v.Scheme, err = sqldb.One(ctx, tx, selectScheme, scanScheme, who.RegionID, v.Round.SchemeID); err != nil {
			return err
		}
		if v.Revision = revision; revision == 0 {
			v.Revision = v.Round.Revision
		}
		if v.Boards, err = sqldb.All(ctx, tx, selectBoards, scanBoard, who.RegionID, id, v.Revision); err != nil {
			return err
		}
		if revision != 0 && len(v.Boards) == 0 {
			return errs.New(errs.NotFound, "没有第 %d 次计分", revision)
		}
		if v.Objections, err = sqldb.All(ctx, tx, selectObjections, scanObjection, who.RegionID, id); err != nil {
			return err
		}
		if v.Remarks, err = sqldb.All(ctx, tx, selectRemarks, scanRemark, who.RegionID, id); err != nil {
			return err
		}
		if v.Revisions, err = sqldb.All(ctx, tx, selectRevisions, scanRevision, who.RegionID, id); err != nil {
			return err
		}
		if v.Round.State.Reached(Published) {
			v.Releases, err = sqldb.All(ctx, tx, selectReleases, scanRelease, who.RegionID, id)
		}
		return err
	})
	if err == nil && !v.Full {
		v.Boards = screen(v.Boards, at(v.Round, v.Revision), who)
		v.Objections = slices.DeleteFunc(v.Objections, func(o Objection) bool { return !who.InUnit(o.UnitID) })
		v.Remarks = slices.DeleteFunc(v.Remarks, func(r Remark) bool { return !who.InUnit(r.UnitID) })
		for i := range v.Revisions {
			v.Revisions[i].Reason = outside(v.Revisions[i].Reason)
		}
	}
	return v, err
}

// at is the round as it is judged for the boards of a revision: one that was replaced was not published.
func at(r Round, revision int64) Round {
	if revision != r.Revision && r.State.Reached(Announced) {
		r.State = Announced
	}
	return r
}

// outside is the reason of a revision without the words of a decision, which are another unit's business.
func outside(reason string) string {
	what, _, _ := strings.Cut(reason, "：")
	return what
}

// screen leaves of the boards what a unit may see: its own group, its own line, and of the others what the release says. It is pure.
func screen(list []Board, r Round, who auth.Actor) (out []Board) {
	for _, b := range list {
		mine := false
		for _, l := range b.Lines {
			mine = mine || who.InUnit(l.UnitID)
		}
		if !mine {
			continue
		}
		var lines []Line
		for _, l := range b.Lines {
			switch {
			case who.InUnit(l.UnitID):
				lines = append(lines, l)
			case r.State.Reached(Published):
				lines = append(lines, l.released(r.Release))
			}
		}
		b.Lines, b.Reason = byRelease(lines, r.Release), outside(b.Reason)
		out = append(out, b)
	}
	return out
}

// Collected returns the rows that the revision in force was scored from, without any points: what the data source confirms
// (数据来源确认). It is for those who confirm and for overseers; for others it does not exist.
func (s *Service) Collected(ctx context.Context, roundID int64) (r Round, rows []score.Input, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return r, nil, err
	}
	if !who.Overseer() && !who.May(MayConfirm) {
		return r, nil, errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if r, err = sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, roundID); err != nil {
			return err
		}
		d, err := s.data(ctx, tx, who.RegionID, r, r.Revision)
		rows = d.Sorted().Rows
		return err
	})
	return r, rows, err
}

// Detail is a unit's own score, to the last digit.
type Detail struct {
	Round    Round
	Board    Board // as far as the actor may see it
	Line     Line
	Result   score.UnitResult
	Data     score.Data
	Lever    score.Lever // 再多得1分的最快办法
	HasLever bool
}

// DetailOf returns the details of a unit's score: for the unit itself, the offices and the leaders. Another unit's do not exist for a unit.
func (s *Service) DetailOf(ctx context.Context, roundID, unitID int64) (d Detail, err error) {
	return s.DetailAt(ctx, roundID, unitID, 0)
}

// DetailAt is DetailOf of an older revision; 0 is the one in force.
func (s *Service) DetailAt(ctx context.Context, roundID, unitID, revision int64) (d Detail, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return d, err
	}
	if err := who.MaySee(unitID); err != nil {
		return d, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if d.Round, err = sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, roundID); err != nil {
			return err
		}
		if !who.Overseer() && !d.Round.State.Reached(Confirmed) {
			return errs.New(errs.NotFound, "没有找到，或者您无权查看")
		}
		shown := d.Round
		if revision != 0 {
			shown.Revision = revision
		}
		if d.Board, d.Line, err = s.line(ctx, tx, who.RegionID, shown, unitID); err != nil {
			return err
		}
		sh, err := sqldb.One(ctx, tx, selectSheet, scanSheet, who.RegionID, d.Board.ID, unitID)
		if err != nil {
			return err
		}
		if d.Result, err = sh.UnitResult(); err != nil {
			return err
		}
		if d.Round.Kind == YearEnd { // its rows are the totals of the quarters, which stand in the result
			return nil
		}
		if d.Data, err = score.ParseData(sh.Data); err != nil {
			return err
		}
		_, parsed, err := s.scheme(ctx, tx, who.RegionID, d.Round.SchemeID)
		if err != nil {
			return err
		}
		// The unit's own rows do not say how items that compare units would move; a lever is offered where they make the sealed total.
		if u := score.Compute(parsed, d.Data).Find(d.Line.Unit); u != nil && u.Total.String() == d.Line.Total {
			d.Lever, d.HasLever = score.FastestPoint(parsed, d.Data, d.Line.Unit)
		}
		return nil
	})
	if err == nil && !who.Overseer() {
		if list := screen([]Board{d.Board}, at(d.Round, d.Board.Revision), who); len(list) == 1 {
			d.Board = list[0]
		}
	}
	return d, err
}

// EachScheme, EachRound, EachBoard, EachObjection and EachEvent yield the sealed rows: duban verify compares them with the ledger.
func EachScheme(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectSchemes, scanScheme, func(x Scheme) error { return yield(x.ID, x.sealed()) }, regionID)
}

// EachRound yields every round in its sealed form.
func EachRound(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectRoundsAll, scanRound, func(r Round) error { return yield(r.ID, r.sealed()) }, regionID)
}

// EachBoard yields every board as it is filed, and with the fingerprints of its sheets taken anew: so a changed sheet is found as well as a changed board,
// and a board that was filed under another round or revision, where pages would show it in the place of the right one.
func EachBoard(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	list, err := sqldb.All(ctx, tx, selectBoardsAll, scanFiledBoard, regionID)
	if err != nil {
		return err
	}
	for _, b := range list {
		sheets, err := sqldb.All(ctx, tx, selectSheets, scanSheet, regionID, b.ID)
		if err != nil {
			return err
		}
		by := map[int64]Sheet{}
		for _, sh := range sheets {
			by[sh.UnitID] = sh
		}
		for i, l := range b.Lines {
			sh := by[l.UnitID]
			if data, result := hashText(string(sh.Data)), hashText(string(sh.Result)); l.DataHash != data || l.ResultHash != result { // no line was ever sealed so
				b.Lines[i].DataHash, b.Lines[i].ResultHash = l.DataHash+" "+data, l.ResultHash+" "+result
			}
		}
		if err := yield(b.ID, b.sealed()); err != nil {
			return err
		}
	}
	return nil
}

// EachObjection yields every objection in its sealed form.
func EachObjection(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectObjectionsAll, scanObjection, func(o Objection) error { return yield(o.ID, o.sealed()) }, regionID)
}

// EachEvent yields every event in its sealed form.
func EachEvent(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectEventsAll, scanEvent, func(e Event) error { return yield(e.ID, e.sealed()) }, regionID)
}

func day(tx *sqldb.Tx) string { return period.Day(tx.Now()) }
