package supervision

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
)

func bulletinRef(id int64) ref.Ref { return ref.Ref{Kind: BulletinKind, ID: id} }

// gather loads what the tables of a month are computed from, in a fixed number of statements.
func (s *Service) gather(ctx context.Context, tx *sqldb.Tx, regionID int64, m period.Month, sc Scope) (x material, err error) {
	x = material{month: m, today: period.Day(tx.Now()), scope: sc, tasks: map[int64]task.Task{}, names: map[ref.Ref]string{}}
	if x.dir, err = s.org.Directory(ctx, tx, regionID); err != nil {
		return x, err
	}
	if x.lights, err = task.LightsIn(ctx, tx, regionID, m); err != nil {
		return x, err
	}
	list, err := task.List(ctx, tx, regionID, task.Filter{})
	if err != nil {
		return x, err
	}
	for _, t := range list {
		x.tasks[t.ID] = t
		if _, ok := x.names[t.Origin]; !ok {
			if x.names[t.Origin], err = s.nameOf(ctx, tx, regionID, t.Origin); err != nil {
				return x, err
			}
		}
	}
	if x.sheets, err = indicator.Sheets(ctx, tx, regionID); err != nil {
		return x, err
	}
	if x.accounts, err = task.AccountsIn(ctx, tx, regionID, m); err != nil {
		return x, err
	}
	if x.checks, err = sqldb.All(ctx, tx, selectChecksMonth, scanCheck, regionID, string(m)); err != nil {
		return x, err
	}
	x.findings, err = sqldb.Rows(ctx, tx, listFindings.With(regionID).And(`month >= ?`, string(m)).And(`month <= ?`, string(m)), scanFinding, everything)
	return x, err
}

const everything = 100000

func (s *Service) nameOf(ctx context.Context, tx *sqldb.Tx, regionID int64, r ref.Ref) (string, error) {
	if s.namer == nil || r.ID == 0 {
		return "", nil
	}
	return s.namer(ctx, tx, regionID, r)
}

// DraftBulletin drafts the bulletin of a month (起草督查通报): it takes the next issue number of the year, computes the tables from
// the month's sealed lights, and writes the sentences. The month must be closed by lights. There is one draft of a month at a time.
// Errors: Conflict (a draft stands; no lights yet), Invalid.
func (s *Service) DraftBulletin(ctx context.Context, key string, m period.Month, sc Scope) (bulletinID int64, err error) {
	return s.once(ctx, MayDraft, key, "supervision.bulletin.draft", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		if !m.Valid() {
			return 0, errs.At("month", "月份不对，请写成 2017-03 这样。")
		}
		if b, open, err := sqldb.Maybe(ctx, tx, selectOpenBulletin, scanBulletin, who.RegionID, string(m)); err != nil || open {
			if err == nil {
				err = errs.New(errs.Conflict, "%s已有一份通报在%s（第 %d 期），请在那份上修改。", m.Chinese(), b.State.Chinese(), b.Issue)
			}
			return 0, err
		}
		tables, text, err := s.compute(ctx, tx, who.RegionID, m, sc)
		if err != nil {
			return 0, err
		}
		content, err := ledger.Canonical(tables)
		if err != nil {
			return 0, err
		}
		year := period.MonthOf(tx.Now()).Year()
		issue, err := number(ctx, tx, who.RegionID, "bulletin", year)
		if err != nil {
			return 0, err
		}
		b := Bulletin{ID: s.ids(), Year: year, Issue: issue, Month: m, Scope: sc, State: Drafted, Revision: 1, Content: string(content), DraftedBy: who.ID, DraftedAt: tx.Now().UnixMilli()}
		if _, err := tx.Exec(ctx, insertBulletin, who.RegionID, b.ID, b.Year, b.Issue, string(b.Month), b.Scope.encode(), string(b.State), b.Content, b.DraftedBy, b.DraftedAt); err != nil {
			return 0, err
		}
		if err := s.putText(ctx, tx, who, b, text); err != nil {
			return 0, err
		}
		return b.ID, s.record(ctx, tx, who, bulletinRef(b.ID), "draft", b.sealed(), map[string]any{"month": m, "issue": b.Issue})
	})
}

func (s *Service) compute(ctx context.Context, tx *sqldb.Tx, regionID int64, m period.Month, sc Scope) (Tables, Text, error) {
	x, err := s.gather(ctx, tx, regionID, m, sc)
	if err != nil {
		return Tables{}, Text{}, err
	}
	if len(x.lights) == 0 {
		return Tables{}, Text{}, errs.New(errs.Conflict, "%s还没有亮灯，请先亮灯再起草通报。", m.Chinese())
	}
	t := tabulate(x)
	if t.Tasks == 0 {
		return t, Text{}, errs.At("scope", "这个范围里没有任务，请重新选行动或单位。")
	}
	return t, t.write(m, x.lights[0].PolicyRevision), nil
}

func (s *Service) putText(ctx context.Context, tx *sqldb.Tx, who auth.Actor, b Bulletin, t Text) error {
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertText, who.RegionID, b.ID, b.Revision, string(text), who.ID, tx.Now().UnixMilli())
	return err
}

// move changes a bulletin that somebody has seen at a version (0: whatever it is).
func (s *Service) move(ctx context.Context, p auth.Permission, key string, id, version int64, verb string, fn func(tx *sqldb.Tx, who auth.Actor, b *Bulletin) error) error {
	_, err := s.once(ctx, p, key, "supervision.bulletin."+verb, func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		b, err := sqldb.One(ctx, tx, lockBulletin, scanBulletin, who.RegionID, id)
		if err != nil {
			return 0, err
		}
		if version != 0 && b.Version != version+1 {
			return 0, stale("份通报")
		}
		if err := fn(tx, who, &b); err != nil {
			return 0, err
		}
		return id, s.putBulletin(ctx, tx, who, b, verb)
	})
	return err
}

func (s *Service) putBulletin(ctx context.Context, tx *sqldb.Tx, who auth.Actor, b Bulletin, verb string) error {
	if _, err := tx.Exec(ctx, updateBulletin, who.RegionID, b.ID, string(b.State), b.Round, b.ConfirmDueOn, b.Revision, b.Content, b.DocNo, b.Recipients, b.SHA256, b.PublishedBy, b.PublishedAt); err != nil {
		if errs.KindOf(err) == errs.Conflict {
			return errs.At("doc_no", "文号“%s”已经用过，请换一个。", b.DocNo)
		}
		return err
	}
	row := ledger.Row(b.sealed())
	if b.State == Published {
		row = row.With(json.RawMessage(b.Content))
	}
	if err := ledger.Append(ctx, tx, who, bulletinRef(b.ID), verb, row); err != nil {
		return err
	}
	name := past[verb]
	if name == "" {
		return nil
	}
	return s.out.Publish(ctx, tx, who.RegionID, BulletinKind+"."+name, bulletinRef(b.ID), map[string]any{"month": b.Month, "issue": b.Issue, "confirm_due_on": b.ConfirmDueOn})
}

// EditBulletin changes the text of a bulletin that is not published; version is the one that was read. The versions before stay.
func (s *Service) EditBulletin(ctx context.Context, key string, id, version int64, t Text) error {
	return s.move(ctx, MayDraft, key, id, version, "edit", func(tx *sqldb.Tx, who auth.Actor, b *Bulletin) error {
		t, err := t.check()
		if err != nil {
			return err
		}
		if b.State == Published {
			return errs.New(errs.Conflict, "第 %d 期通报已经发出，不能再改。", b.Issue)
		}
		b.Revision++
		return s.putText(ctx, tx, who, *b, t)
	})
}

// RedraftBulletin computes the tables and the sentences of a draft again; what people wrote in the text stays in the version before.
func (s *Service) RedraftBulletin(ctx context.Context, key string, id, version int64) error {
	return s.move(ctx, MayDraft, key, id, version, "redraft", func(tx *sqldb.Tx, who auth.Actor, b *Bulletin) error {
		if b.State != Drafted {
			return errs.New(errs.Conflict, "第 %d 期通报正在%s，要先退回修改。", b.Issue, b.State.Chinese())
		}
		tables, fresh, err := s.compute(ctx, tx, who.RegionID, b.Month, b.Scope)
		if err != nil {
			return err
		}
		content, err := ledger.Canonical(tables)
		if err != nil {
			return err
		}
		b.Content = string(content)
		b.Revision++
		return s.putText(ctx, tx, who, *b, fresh)
	})
}

// SendForConfirmation asks every unit named in 慢序时 to confirm the facts within working days (核对事实), 0 for the district's usual number.
// From now on the tables stand still.
func (s *Service) SendForConfirmation(ctx context.Context, key string, id int64, days int) error {
	return s.move(ctx, MayDraft, key, id, 0, "ask", func(tx *sqldb.Tx, who auth.Actor, b *Bulletin) error {
		if b.State != Drafted {
			return errs.New(errs.Conflict, "第 %d 期通报已经%s。", b.Issue, b.State.Chinese())
		}
		if days == 0 {
			days = s.set.ConfirmDays
		}
		if days < 1 || days > 30 {
			return errs.At("days", "核对期限请写 1 到 30 个工作日。")
		}
		var t Tables
		if err := json.Unmarshal([]byte(b.Content), &t); err != nil {
			return err
		}
		var err error
		if b.ConfirmDueOn, _, err = s.due(ctx, tx, days); err != nil {
			return err
		}
		b.State, b.Round = Confirming, b.Round+1
		for _, u := range t.Named {
			unit, err := strconv.ParseInt(u, 10, 64)
			if err != nil {
				return err
			}
			c := Confirmation{ID: s.ids(), BulletinID: b.ID, Round: b.Round, UnitID: unit, State: Asked, AskedAt: tx.Now().UnixMilli(), DueOn: b.ConfirmDueOn}
			if _, err := tx.Exec(ctx, insertConfirmation, who.RegionID, c.ID, c.BulletinID, c.Round, c.UnitID, string(c.State), c.AskedAt, c.DueOn); err != nil {
				return err
			}
			if err := s.record(ctx, tx, who, ref.Ref{Kind: ConfirmationKind, ID: c.ID}, "ask", c.sealed(), map[string]any{"bulletin": fmt.Sprint(b.ID), "unit": u, "due_on": c.DueOn}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Confirm is a named unit's answer (核对事实): the facts are right, or what it disputes, which is printed with the bulletin.
// It may be given until the bulletin is published, once. Errors: NotFound (the unit is not named, or not the actor's), Conflict, Invalid.
func (s *Service) Confirm(ctx context.Context, key string, bulletinID, unitID int64, agree bool, text string) error {
	_, err := s.once(ctx, MayConfirm, key, "supervision.bulletin.confirm", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		if err := who.OwnUnit(unitID); err != nil {
			return 0, err
		}
		b, err := sqldb.One(ctx, tx, lockBulletin, scanBulletin, who.RegionID, bulletinID)
		if err != nil {
			return 0, err
		}
		list, err := sqldb.All(ctx, tx, selectConfirmations, scanConfirmation, who.RegionID, b.ID, b.Round)
		if err != nil {
			return 0, err
		}
		for _, c := range list {
			if c.UnitID != unitID || c.State == Void {
				continue
			}
			if b.State != Confirming || c.State != Asked {
				return 0, errs.New(errs.Conflict, "这期通报的核对已经是“%s”，不能再答复。", c.State.Chinese())
			}
			var x texts
			verb := "confirm"
			if c.State, c.Text = Agreed, x.short("text", "说明", text, 500); !agree {
				verb, c.State = "dissent", Dissented
				c.Text = x.need("text", "不同意见", text, 500)
			}
			if err := x.refuse(); err != nil {
				return 0, err
			}
			c.AnsweredBy, c.AnsweredAt = who.ID, tx.Now().UnixMilli()
			return b.ID, s.answer(ctx, tx, who, c, verb)
		}
		return 0, errs.New(errs.NotFound, "没有找到，或者您无权查看")
	})
	return err
}

func (s *Service) answer(ctx context.Context, tx *sqldb.Tx, who auth.Actor, c Confirmation, verb string) error {
	if _, err := tx.Exec(ctx, answerConfirmation, who.RegionID, c.ID, string(c.State), c.Text, c.AnsweredBy, c.AnsweredAt, c.Reply); err != nil {
		return err
	}
	subject := ref.Ref{Kind: ConfirmationKind, ID: c.ID}
	if past[verb] == "" {
		return ledger.Append(ctx, tx, who, subject, verb, ledger.Row(c.sealed()))
	}
	return s.record(ctx, tx, who, subject, verb, c.sealed(), map[string]any{"bulletin": fmt.Sprint(c.BulletinID), "unit": fmt.Sprint(c.UnitID)})
}

func (s *Service) organ(dir *org.Directory) string {
	if s.set.Organ != "" {
		return s.set.Organ
	}
	return dir.Region.Name + "督查室"
}

// ReplyDissent answers what a named unit disputes (督查室答复); both are printed with the bulletin. It may be changed until the bulletin is published.
func (s *Service) ReplyDissent(ctx context.Context, key string, bulletinID, unitID int64, reply string) error {
	_, err := s.once(ctx, MayDraft, key, "supervision.bulletin.reply", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		b, err := sqldb.One(ctx, tx, lockBulletin, scanBulletin, who.RegionID, bulletinID)
		if err != nil {
			return 0, err
		}
		var x texts
		reply := x.need("reply", "答复", reply, 500)
		if err := x.refuse(); err != nil {
			return 0, err
		}
		list, err := sqldb.All(ctx, tx, selectConfirmations, scanConfirmation, who.RegionID, b.ID, b.Round)
		if err != nil {
			return 0, err
		}
		for _, c := range list {
			if c.UnitID == unitID && c.State == Dissented && b.State == Confirming {
				c.Reply = reply
				return b.ID, s.answer(ctx, tx, who, c, "answer")
			}
		}
		return 0, errs.New(errs.Conflict, "这个单位没有待答复的不同意见。")
	})
	return err
}

// TakeBackBulletin returns a bulletin to its draft (退回修改), with the reason: a dissent was right, or a number has changed. The answers given are void.
func (s *Service) TakeBackBulletin(ctx context.Context, key string, id int64, reason string) error {
	return s.move(ctx, MayDraft, key, id, 0, "take_back", func(tx *sqldb.Tx, who auth.Actor, b *Bulletin) error {
		if b.State != Confirming {
			return errs.New(errs.Conflict, "第 %d 期通报现在是“%s”，不能退回修改。", b.Issue, b.State.Chinese())
		}
		if strings.TrimSpace(reason) == "" {
			return errs.At("reason", "还没有写退回修改的原因。")
		}
		list, err := sqldb.All(ctx, tx, selectConfirmations, scanConfirmation, who.RegionID, b.ID, b.Round)
		if err != nil {
			return err
		}
		for _, c := range list {
			c.State = Void
			if err := s.answer(ctx, tx, who, c, "void"); err != nil {
				return err
			}
		}
		b.State, b.ConfirmDueOn = Drafted, ""
		return s.step(ctx, tx, who, bulletinRef(b.ID), "take_back", strings.TrimSpace(reason))
	})
}

// Publish issues a bulletin (签发): only when every named unit has answered or its time is up (逾期视为无异议), and never by its drafter.
// Its content is frozen and sealed; then the ledger is anchored, and the short code printed on it. recipients "" are all units.
// Errors: Conflict (not ready), Forbidden (the drafter), Invalid.
func (s *Service) Publish(ctx context.Context, key string, bulletinID int64, docNo, recipients string) error {
	err := s.move(ctx, MayPublish, key, bulletinID, 0, "publish", func(tx *sqldb.Tx, who auth.Actor, b *Bulletin) error {
		dir, err := s.org.Directory(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		list, err := sqldb.All(ctx, tx, selectConfirmations, scanConfirmation, who.RegionID, b.ID, b.Round)
		if err != nil {
			return err
		}
		if err := b.ready(list, period.Day(tx.Now()), dir); err != nil {
			return err
		}
		if b.DraftedBy == who.ID {
			return errs.New(errs.Forbidden, "起草人不能签发自己起草的通报，请由督查室负责人或区领导签发。")
		}
		var x texts
		b.DocNo = x.need("doc_no", "文号", docNo, 60)
		if b.Recipients = x.short("recipients", "主送单位", recipients, 500); b.Recipients == "" {
			b.Recipients = "各乡镇（街道），区直各单位"
		}
		if err := x.refuse(); err != nil {
			return err
		}
		for i, c := range list {
			if c.State == Asked {
				list[i].State = Silent
				if err := s.answer(ctx, tx, who, list[i], "silent"); err != nil {
					return err
				}
			}
		}
		b.PublishedBy, b.PublishedAt = who.ID, tx.Now().UnixMilli()
		doc, err := s.assemble(ctx, tx, who.RegionID, *b, list, dir)
		if err != nil {
			return err
		}
		doc.PublishedOn = period.Day(tx.Now())
		if b.Content, err = doc.freeze(); err != nil {
			return err
		}
		b.State, b.SHA256 = Published, sum(b.Content)
		return nil
	})
	if err != nil {
		return err
	}
	return s.AnchorBulletin(ctx, bulletinID)
}

// AnchorBulletin seals the ledger after a publication and prints its short code on the bulletin, if it has none yet. Publish calls it; it
// may be called again if that failed.
func (s *Service) AnchorBulletin(ctx context.Context, bulletinID int64) error {
	who, err := auth.Require(ctx, MayPublish)
	if err != nil || s.anchor == nil {
		return err
	}
	code, err := s.anchor(ctx, who.RegionID)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, setAnchor, who.RegionID, bulletinID, code)
		return err
	})
}

// assemble makes the document of a bulletin that is not published from its parts.
func (s *Service) assemble(ctx context.Context, tx *sqldb.Tx, regionID int64, b Bulletin, list []Confirmation, dir *org.Directory) (BulletinDoc, error) {
	doc := BulletinDoc{Region: dir.Region.Name, Organ: s.organ(dir), Issue: b.Issue, Year: b.Year, Month: string(b.Month), DocNo: b.DocNo, Recipients: b.Recipients, Answers: []Answer{}, Demo: dir.Region.Demo}
	if err := json.Unmarshal([]byte(b.Content), &doc.Tables); err != nil {
		return doc, err
	}
	versions, err := sqldb.All(ctx, tx, selectTexts, scanText, regionID, b.ID)
	if err != nil {
		return doc, err
	}
	if len(versions) > 0 {
		doc.Text = versions[len(versions)-1].Text
	}
	for _, c := range list {
		if c.State != Void {
			doc.Answers = append(doc.Answers, Answer{c.UnitID, dir.UnitName(c.UnitID), c.State, c.Text, c.Reply})
		}
	}
	return doc, nil
}

// BulletinView is a bulletin with all that its page shows.
type BulletinView struct {
	Bulletin      Bulletin
	Doc           BulletinDoc
	Versions      []TextVersion
	Confirmations []Confirmation
	Steps         []Step
	NotReady      string   // why it cannot be published yet; "" if it can, or is
	Moved         []string // numbers that have changed since it was drafted; of a draft only
}

// Bulletin returns a bulletin: a published one to everybody of the region, a draft to the supervision office and the leaders.
func (s *Service) Bulletin(ctx context.Context, id int64) (v BulletinView, err error) {
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) error {
		b, err := sqldb.One(ctx, tx, selectBulletin, scanBulletin, who.RegionID, id)
		if err != nil {
			return err
		}
		v.Bulletin = b
		if b.State == Published {
			if err := json.Unmarshal([]byte(b.Content), &v.Doc); err != nil {
				return err
			}
			v.Doc.Anchor, v.Doc.SHA256 = b.Anchor, b.SHA256
			if !office(who) {
				return nil
			}
		} else if !office(who) {
			return errs.New(errs.NotFound, "没有找到，或者您无权查看")
		}
		if v.Confirmations, err = sqldb.All(ctx, tx, selectConfirmations, scanConfirmation, who.RegionID, b.ID, b.Round); err != nil {
			return err
		}
		if v.Versions, err = sqldb.All(ctx, tx, selectTexts, scanText, who.RegionID, b.ID); err != nil {
			return err
		}
		if v.Steps, err = steps(ctx, tx, who.RegionID, bulletinRef(b.ID)); err != nil || b.State == Published {
			return err
		}
		if v.Doc, err = s.assemble(ctx, tx, who.RegionID, b, v.Confirmations, d); err != nil {
			return err
		}
		if why := b.ready(v.Confirmations, period.Day(tx.Now()), d); why != nil {
			v.NotReady = errs.Say(why)
		}
		x, err := s.gather(ctx, tx, who.RegionID, b.Month, b.Scope)
		if err != nil {
			return err
		}
		v.Moved = differences(v.Doc.Tables, tabulate(x))
		return nil
	})
	return v, err
}

// Bulletins lists the bulletins of a year ("" for all), the latest first; drafts only for the supervision office and the leaders.
func (s *Service) Bulletins(ctx context.Context, year string) (out []Bulletin, err error) {
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		out, err = sqldb.Rows(ctx, tx, listBulletins.With(who.RegionID).If(!office(who), `state = 'published'`).If(year != "", `year = ?`, year), scanBulletin, 500)
		return err
	})
	return out, err
}

// Inquiry is a question to a unit whether the facts about it are right: it sees its own rows and nothing else of the draft.
type Inquiry struct {
	Confirmation Confirmation
	Issue        int64
	Month        period.Month
	Title        string
	Rows         []Row
}

// Inquiries lists what the actor's units were asked, the latest twelve of each.
func (s *Service) Inquiries(ctx context.Context) (out []Inquiry, err error) {
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) error {
		for _, u := range units(who) {
			list, err := sqldb.All(ctx, tx, listInquiries, scanConfirmation, who.RegionID, u)
			if err != nil {
				return err
			}
			for _, c := range list {
				b, err := sqldb.One(ctx, tx, selectBulletin, scanBulletin, who.RegionID, c.BulletinID)
				if err != nil {
					return err
				}
				var doc BulletinDoc
				if b.State == Published {
					err = json.Unmarshal([]byte(b.Content), &doc)
				} else {
					doc, err = s.assemble(ctx, tx, who.RegionID, b, nil, d)
				}
				if err != nil {
					return err
				}
				q := Inquiry{Confirmation: c, Issue: b.Issue, Month: b.Month, Title: doc.Text.Title}
				for _, r := range doc.Tables.Slow {
					if r.UnitID == u {
						q.Rows = append(q.Rows, r)
					}
				}
				out = append(out, q)
			}
		}
		return nil
	})
	return out, err
}

// units returns the actor's own unit and those below it, each once.
func units(who auth.Actor) []int64 {
	out := []int64{who.UnitID}
	for _, u := range who.Units {
		if u != who.UnitID {
			out = append(out, u)
		}
	}
	return out
}

// EachBulletin yields every bulletin of the region in its sealed form.
func EachBulletin(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectBulletinsAll, scanBulletin, func(b Bulletin) error { return yield(b.ID, b.sealed()) }, regionID)
}

// EachConfirmation yields every confirmation of the region in its sealed form.
func EachConfirmation(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectConfirmationsAll, scanConfirmation, func(c Confirmation) error { return yield(c.ID, c.sealed()) }, regionID)
}
