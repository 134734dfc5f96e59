package taskweb

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"duban/internal/base/id"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"
)

// stepped opens a task with two milestones, the first one due a week ago.
func (x *house) stepped() task.Task {
	x.t.Helper()
	var out task.Task
	err := x.db.Update(x.t.Context(), func(tx *sqldb.Tx) (err error) {
		out, err = x.book.Open(x.t.Context(), tx, x.actors["supervisor"], task.Opening{
			Task:       task.Task{No: "JT-01", Title: "七都大桥", LeadUnit: x.units["七都镇"], Deadline: "2017-12-31", Origin: ref.Ref{Kind: "campaign.campaign", ID: 5}},
			Indicator:  indicator.Indicator{Name: "七都大桥", Measure: "%", Direction: indicator.Up},
			Plan:       indicator.Plan{From: "2017-01", To: "2017-12", Target: 100_0000},
			Milestones: []task.Milestone{{Title: "桥梁下部", DueOn: "2017-05-01", Weight: 4000}, {Title: "桥面铺装", DueOn: "2017-11-30", Weight: 6000}},
		})
		return err
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return out
}

func TestAMilestoneFromClaimToCheck(t *testing.T) {
	x := newHouse(t)
	at := "/tasks/" + id.Format(x.stepped().ID) + "/milestones/1"
	html := x.get("clerk", at, "milestone")
	want(t, html, "已经超期，单位还没有申报完成", "申报完成", `value="2017-05-08"`)
	lack(t, html, "核验属实")
	want(t, x.get("supervisor", at, ""), "您亲眼看到已经完成的，可以直接记下", "核验属实")
	lack(t, x.get("supervisor", at, ""), "没有完成</button>", "申报完成</button>")
	for path, code := range map[string]int{at + "9": http.StatusNotFound, "/tasks/7/milestones/1": http.StatusNotFound} {
		if got := x.do("clerk", httptest.NewRequest("GET", path, nil)).Code; got != code {
			t.Errorf("%s: %d", path, got)
		}
	}
	if got := x.do("other", httptest.NewRequest("GET", at, nil)).Code; got != http.StatusNotFound {
		t.Errorf("another unit: %d", got)
	}

	code, _, html := x.post("clerk", at+"/claim", "done_on", "2017-05-20", "note", "监理已签认")
	want(t, html, "完成日期 2017-05-20 还没到", `value="2017-05-20"`, "监理已签认")
	if code != http.StatusUnprocessableEntity {
		t.Errorf("a day to come: %d", code)
	}
	if code, to, html := x.post("clerk", at+"/claim", "done_on", "2017-05-06", "note", "监理已签认"); code != http.StatusSeeOther || to != at[:len(at)-len("/milestones/1")]+"#milestones" {
		t.Fatalf("%d %s %s", code, to, html)
	}
	want(t, x.get("supervisor", at, "milestone-claimed"), "单位申报 <b>2017-05-06</b> 完成，迟 5 天，还没有人核验", "监理已签认", "缪小舟", "没有完成</button>")
	code, _, html = x.post("supervisor", at+"/check", "done_on", "2017-05-06", "do", "deny")
	want(t, html, "不属实要写理由")
	if code != http.StatusUnprocessableEntity {
		t.Errorf("denied without a reason: %d", code)
	}
	if code, _, _ := x.post("clerk", at+"/check", "done_on", "2017-05-06"); code != http.StatusForbidden {
		t.Errorf("the unit checks itself: %d", code)
	}
	if code, _, html := x.post("supervisor", at+"/check", "done_on", "2017-05-07", "words", "到现场看了"); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, html)
	}
	html = x.get("clerk", at, "")
	want(t, html, "<b>2017-05-07</b> 完成，已核验，迟 6 天")
	lack(t, html, "申报完成</button>", "改申报")
	want(t, x.get("supervisor", at, ""), "核验错了可以改日期")
}

func TestAStopFromProposalToResumption(t *testing.T) {
	x := newHouse(t)
	a := x.open("七都镇", "ZQ-21", "七都片区征地交付")
	at := "/tasks/" + id.Format(a.ID) + "/adjust"
	code, _, html := x.post("clerk", at, "state", "stopped", "weight", "12", "reason", "规划未批")
	want(t, html, "中止要单独申请", `value="stopped" checked`, "规划未批")
	if code != http.StatusUnprocessableEntity {
		t.Errorf("a stop with a new weight: %d", code)
	}
	code, to, html := x.post("clerk", at, "state", "stopped", "reason", "规划未批")
	if code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, html)
	}
	want(t, x.get("leader", to+"?as=approve", "adjustment-stop"), "中止申请", "状态由 <b>推进中</b> 改为 <b>中止</b>", "批准后：任务马上中止")
	if code, _, html := x.post("leader", to+"/decide", "decision_is", "approve", "doc_no", "区政府会议纪要〔2017〕9号", "version", "1"); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, html)
	}
	state := func() task.State {
		terms, err := x.tasks.Terms(auth.With(t.Context(), x.actors["clerk"]), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		return terms.Task.State
	}
	if s := state(); s != task.Stopped {
		t.Fatal(s)
	}
	want(t, x.get("clerk", at, "propose-resume"), "申请恢复推进", "已批准中止")
	code, _, html = x.post("clerk", at, "deadline", "2018-02-28", "reason", "规划已批")
	want(t, html, "要改它，请同时申请恢复推进")
	if code != http.StatusUnprocessableEntity {
		t.Errorf("a new deadline of a stopped task alone: %d", code)
	}
	if _, to, _ = x.post("clerk", at, "state", "open", "deadline", "2018-02-28", "reason", "规划已批"); to == "" {
		t.Fatal("not proposed")
	}
	want(t, x.get("leader", to, ""), "恢复推进申请", "批准后：任务马上恢复推进")
	if code, _, html := x.post("leader", to+"/decide", "decision_is", "approve", "doc_no", "区政府会议纪要〔2017〕12号", "version", "1"); code != http.StatusSeeOther || state() != task.Open {
		t.Errorf("%d %s", code, html)
	}
}
