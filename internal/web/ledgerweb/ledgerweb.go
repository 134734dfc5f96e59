package ledgerweb

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// Ledger is what the pages ask of package ledger; *ledger.Service does it.
type Ledger interface {
	List(ctx context.Context, f ledger.Filter) ([]ledger.Entry, error)
	Checkpoints(ctx context.Context, limit int) ([]ledger.Checkpoint, error)
	PublicKey(ctx context.Context) (string, error)
	Handovers(ctx context.Context) ([]ledger.Handover, string, error)
	WriteBundle(ctx context.Context, w io.Writer, regionID int64, p ledger.Proof) error
}

// Org names units; *org.Service does.
type Org interface {
	Look(ctx context.Context) (*org.Directory, error)
}

// Pages are the pages of this package.
type Pages struct {
	Ledger Ledger
	Org    Org
}

// Nav are the entries of the main navigation.
func Nav() []route.Nav {
	return []route.Nav{
		{Href: "/ledger", Label: "台账", Permission: ledger.Read},
		{Href: "/ledger/checkpoints", Label: "台账签封", Permission: ledger.Audit},
	}
}

// Register enters the routes.
func (p *Pages) Register(g *route.Registry) {
	g.Handle("GET /ledger", ledger.Read, p.list)
	g.Handle("GET /ledger/entries/{seq}", ledger.Read, p.entry)
	g.Handle("GET /ledger/entries/{seq}/proof", ledger.Read, p.proof, route.Limited(route.ExportRate))
	g.Handle("GET /ledger/checkpoints", ledger.Audit, p.checkpoints)
	g.Handle("GET /ledger/verify", auth.LoggedIn, p.verify)
}

// kinds are the Chinese names of the kinds of things that the ledger knows; one that is missing here stands under its own name.
var kinds = map[string]string{
	"task.task": "任务", "task.baseline": "任务基准", "task.account": "月度进展", "task.light": "月度亮灯", "task.adjustment": "调整申请", "task.policy": "亮灯规则",
	"indicator.plan": "指标计划", "indicator.reading": "指标数值", "campaign.campaign": "攻坚行动", "campaign.taskbook": "任务书", "campaign.pledge": "目标任务确认书",
	"campaign.signature": "签字", "campaign.batch": "导入批次", "supervision.tour": "督查", "supervision.finding": "督查问题", "supervision.bulletin": "督查通报",
	"supervision.order": "督办单", "supervision.draw": "抽查名单", "supervision.confirmation": "事实核对", "supervision.check": "核验", "appraisal.round": "考核轮次", "appraisal.scheme": "考核办法", "appraisal.board": "考核榜",
	"appraisal.objection": "考核申诉", "appraisal.event": "加减分事项", "appraisal.release": "发布口径", "appraisal.flag": "红旗黄旗", "appraisal.spot": "抽查项", "evidence.exhibit": "佐证", "calendar.year": "放假安排", "org.unit": "单位", "org.post": "职务", "org.roster": "在册人员", "account.role": "角色",
	"indicator.indicator": "指标", "burden.return": "报表登记", "burden.limit": "减负上限", "burden.statement": "规定自查", "burden.suggestion": "意见", "conduct.signal": "作风线索", "conduct.document": "八条措施", "conduct.action": "措施任务",
	"conduct.review": "措施回头看", "conduct.praise": "正向激励", "conduct.rule": "线索规则", "conduct.exam": "一线考察", "conduct.reader": "查阅人",
	"template.version": "公文模板", "template.turn": "启用的模板",
	"ledger.handover": "签名钥", "ledger.names": "化名密钥",
}

// verbs are the Chinese names of the acts.
var verbs = map[string]string{
	"seal": "封存", "open": "设立", "change": "修改", "discard": "撤销录入", "submit": "提交", "withdraw": "撤回", "verify": "核验", "complete": "报办结", "close": "销号", "send_back": "退回",
	"propose": "提出", "approve": "批准", "refuse": "不批准", "adopt": "发布", "light": "亮灯", "make_up": "补上转黄", "milestone": "核验节点", "urge": "催办", "issue": "下达", "issue_plan": "印发方案",
	"accept": "签收", "sign": "签字", "draft": "拟稿", "import": "导入", "appoint": "任职", "archive": "归档", "set_task_force": "定专班", "offer": "提供", "retire": "停用", "freeze": "冻结", "publish": "发布",
	"confirm": "确认", "decide": "决定", "record": "记录", "certify": "认定", "revise": "修订", "score": "计分", "remark": "说明", "enter": "录入", "file": "受理", "view": "查看",
	"compute": "试算", "review": "初核", "announce": "公示", "lock": "归档", "correct": "更正", "recompute": "重算", "release": "改发布口径", "fair": "送数据信号", "explain": "说明情况", "state": "表态",
	"commit": "存入", "undo": "撤销导入", "assign": "定牵头", "run": "开始推进", "report": "上报", "show": "送单位说明", "ask": "送核对", "dissent": "提出不同意见", "silent": "逾期未答", "draw": "抽样", "begin": "进场", "end": "结束",
	"adjust": "按批准调整", "replace": "换新版", "set": "设定", "note": "记录", "answer": "答复", "add": "增加", "name": "指定", "reopen": "重新打开", "hand_over": "换签名钥", "forget": "销毁", "grant": "授权", "revoke": "收回授权", "disable": "停用账号", "enable": "启用账号", "take_in": "补封", "upload": "上传", "use": "启用",
}

func kindName(kind string) string {
	if s := kinds[kind]; s != "" {
		return s
	}
	return kind
}

func verbName(verb string) string {
	if s := verbs[verb]; s != "" {
		return s
	}
	return verb
}

func stamp(t time.Time) string { return t.In(period.Beijing).Format("2006-01-02 15:04:05") }

// listView is a page of entries.
type listView struct {
	Rows    []ledger.Entry
	Kind    string
	Subject int64
	Next    string
	First   string // back to the newest; "" on the first page
	Dir     *org.Directory
}

const pageSize = 20

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	var v listView
	kind, number, _ := strings.Cut(strings.TrimSpace(q.Get("subject")), ":")
	v.Kind, v.Subject = kind, id.Parse(number)
	before := id.Parse(q.Get("before"))
	var err error
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	f := ledger.Filter{Subject: ref.Ref{Kind: v.Kind, ID: v.Subject}, Before: before, Limit: pageSize + 1}
	if v.Rows, err = p.Ledger.List(r.Context(), f); err != nil {
		return err
	}
	if len(v.Rows) > pageSize {
		v.Rows = v.Rows[:pageSize]
		v.Next = v.href(v.Rows[pageSize-1].Seq)
	}
	if before != 0 {
		v.First = v.href(0)
	}
	fr := route.Frame(r)
	fr.Title = "台账"
	fr.Actions = ui.LinkButton("/ledger/verify", "怎么自己核验", "shield-check", false)
	fr.Lede = ui.Rich("%s", v.lede(before))
	ui.Render(w, r, http.StatusOK, listPage(fr, v))
	return nil
}

func (v listView) href(before int64) string {
	q := url.Values{}
	if v.Kind != "" {
		q.Set("subject", v.subject())
	}
	if before != 0 {
		q.Set("before", id.Format(before))
	}
	if len(q) == 0 {
		return "/ledger"
	}
	return "/ledger?" + q.Encode()
}

func (v listView) subject() string {
	if v.Subject != 0 {
		return v.Kind + ":" + id.Format(v.Subject)
	}
	return v.Kind
}

func (v listView) lede(before int64) string {
	switch {
	case v.Kind != "" && len(v.Rows) == 0:
		return "没有“" + strings.ReplaceAll(kindName(v.Kind), "**", "") + "”的记录。"
	case len(v.Rows) == 0:
		return "台账还是空的。每个要紧的动作都会记一条，记下就不能改。"
	case v.Kind == "" && before == 0:
		return fmt.Sprintf("台账共 **%d 条**记录，每条都连在一起封存：改动任何一条，核验都会报出来。", v.Rows[0].Seq)
	}
	return fmt.Sprintf("第 %d 号至第 %d 号记录，最新的在前。", v.Rows[len(v.Rows)-1].Seq, v.Rows[0].Seq)
}

func (v listView) options() (out []ui.Option) {
	for k, name := range kinds {
		out = append(out, ui.Option{Value: k, Label: name})
	}
	if v.Kind != "" && kinds[v.Kind] == "" {
		out = append(out, ui.Option{Value: v.Kind, Label: v.Kind})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Value < out[j].Value })
	return out
}

// entryView is one entry with its proof.
type entryView struct {
	ledger.Entry
	Unit   string
	Body   []ui.Pair
	Row    []ui.Pair
	Proof  ledger.BundleReport
	Hashes []string // from the entry up to the root
	Broken string   // the sealed text is not one that the ledger writes
}

func (p *Pages) read(r *http.Request) (ledger.Entry, error) {
	seq := id.Parse(r.PathValue("seq"))
	if seq > 0 {
		list, err := p.Ledger.List(r.Context(), ledger.Filter{Before: seq + 1, Limit: 1})
		if err != nil {
			return ledger.Entry{}, err
		}
		if len(list) == 1 && list[0].Seq == seq {
			return list[0], nil
		}
	}
	return ledger.Entry{}, errs.New(errs.NotFound, "台账里没有这一号记录。")
}

// bundle makes the proof bundle of an entry: what an outsider would be handed.
func (p *Pages) bundle(ctx context.Context, e ledger.Entry) ([]byte, error) {
	who, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = p.Ledger.WriteBundle(ctx, &b, who.RegionID, ledger.Proof{About: about(e), Seqs: []int64{e.Seq}})
	return b.Bytes(), err
}

func about(e ledger.Entry) string {
	return fmt.Sprintf("第 %d 号记录：%s %s", e.Seq, kindName(e.Subject.Kind), verbName(e.Verb))
}

func (p *Pages) entry(w http.ResponseWriter, r *http.Request) error {
	e, err := p.read(r)
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	b, err := p.bundle(r.Context(), e)
	if err != nil {
		return err
	}
	key, err := p.Ledger.PublicKey(r.Context())
	if err != nil {
		return err
	}
	show := reader{kind: e.Subject.Kind, dir: d}
	v := entryView{Entry: e, Unit: d.UnitName(e.UnitID), Body: show.pairs(e.Body), Row: show.pairs(e.Row)}
	if e.At.IsZero() {
		v.Broken = "这条记录的正文读不出来，可能被改过。请让审计管理员运行核验。"
	}
	if v.Proof, err = ledger.VerifyBundle(b, key); err != nil {
		return err
	}
	var file struct {
		Entries []struct {
			Proof []string `json:"proof"`
		} `json:"entries"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return err
	}
	if len(file.Entries) == 1 {
		v.Hashes = file.Entries[0].Proof
	}
	f := route.Frame(r)
	f.Title = fmt.Sprintf("第 %d 号记录", e.Seq)
	f.Crumbs = []ui.Crumb{{Href: "/ledger", Label: "台账"}, {Label: f.Title}}
	f.Lede = ui.Rich("%s", v.lede())
	f.Actions = ui.LinkButton("/ledger/entries/"+id.Format(e.Seq)+"/proof", "下载证明包", "download", true)
	ui.Render(w, r, http.StatusOK, entryPage(f, v))
	return nil
}

func (v entryView) lede() string {
	if v.Broken != "" || !v.Proof.OK() {
		return "**这条记录与封存时不符**，请马上让审计管理员核验整个台账。"
	}
	return fmt.Sprintf("%s，%s**%s**一次“%s”；这条记录确在台账里，短码 **%s**。", stamp(v.At), v.Unit, verbName(v.Verb), kindName(v.Subject.Kind), v.Proof.Head.Code())
}

func (p *Pages) proof(w http.ResponseWriter, r *http.Request) error {
	e, err := p.read(r)
	if err != nil {
		return err
	}
	b, err := p.bundle(r.Context(), e)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="duban-proof-`+strconv.FormatInt(e.Seq, 10)+`.json"`)
	_, err = w.Write(b)
	return err
}

type checkpointsView struct {
	List        []ledger.Checkpoint
	Shown       int
	Key         string
	Fingerprint string
	Handovers   []ledger.Handover // the last one first
}

// fewSeals are shown unless more are asked for.
const fewSeals = 20

func (p *Pages) checkpoints(w http.ResponseWriter, r *http.Request) error {
	most := fewSeals
	if r.URL.Query().Get("all") == "1" {
		most = 500
	}
	list, err := p.Ledger.Checkpoints(r.Context(), most)
	if err != nil {
		return err
	}
	key, err := p.Ledger.PublicKey(r.Context())
	if err != nil {
		return err
	}
	v := checkpointsView{List: list, Shown: most, Key: key, Fingerprint: ledger.Fingerprint(key)}
	if v.Handovers, _, err = p.Ledger.Handovers(r.Context()); err != nil {
		return err
	}
	slices.Reverse(v.Handovers)
	f := route.Frame(r)
	f.Title = "台账签封"
	f.Actions = ui.LinkButton("/ledger/verify", "怎么自己核验", "shield-check", false)
	if len(list) == 0 {
		f.Lede = ui.Rich("还没有签封。台账有新记录后，每分钟签一次。")
	} else {
		f.Lede = ui.Rich("最近一次签封：%s，共 %d 条记录，短码 **%s**。请每天交另一个部门保存一份。", stamp(list[0].At), list[0].Size, list[0].Code())
	}
	ui.Render(w, r, http.StatusOK, checkpointsPage(f, v))
	return nil
}

func (p *Pages) verify(w http.ResponseWriter, r *http.Request) error {
	key, err := p.Ledger.PublicKey(r.Context())
	if err != nil {
		return err
	}
	f := route.Frame(r)
	f.Title = "怎么自己核验"
	f.Lede = ui.Rich("不用相信本系统，也不用登录：有证明包和公钥，**在自己的电脑上就能验**。")
	ui.Render(w, r, http.StatusOK, verifyPage(f, key, ledger.Fingerprint(key)))
	return nil
}
