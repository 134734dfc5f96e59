package conductweb

import (
	"context"
	"strings"
	"testing"

	"duban/internal/area/conduct"
	"duban/internal/area/supervision"
	"duban/internal/spine/auth"
	"duban/internal/spine/evidence"
)

// The facts that conduct lives on are those that supervision really publishes: a finding that is accepted late, reported at the end of its time without
// a cause, struck off and taken up again becomes a signal.
func TestRealFacts(t *testing.T) {
	h := newHouse(t)
	sup := supervision.New(h.db, h.next, supervision.Spine{Org: h.org, Tasks: h.book, Calendar: h.cal, Evidence: evidence.New(h.db, h.next), Outbox: h.out})
	as := func(name string) context.Context { return auth.With(t.Context(), h.actors[name]) }
	h.clock.SetDay("2017-03-01")
	tour, err := sup.OpenTour(as("方衡"), h.key(), supervision.TourDraft{Month: "2017-03", Title: "3 月督查", Basis: "区政府常务会议决定", BasisDocNo: "蕉政纪〔2017〕3 号", LeaderID: h.actors["方衡"].ID, Inspectors: []int64{h.actors["宋时雨"].ID}})
	h.must(err)
	_, err = sup.DrawSample(as("方衡"), h.key(), tour, 1, "1")
	h.must(err)
	h.must(sup.BeginTour(as("方衡"), h.key(), tour))
	var all []int64
	for range 3 {
		f, err := sup.IssueFinding(as("宋时雨"), h.key(), supervision.FindingDraft{TourID: tour, TaskID: h.task.ID, Kind: "措施不力", Fact: "现场无人值守", Requirement: "落实值守", Days: 10})
		h.must(err)
		all = append(all, f)
	}
	h.clock.SetDay("2017-03-09")
	for _, f := range all {
		h.must(sup.AcceptFinding(as("林小满"), h.key(), f))
	}
	h.clock.SetDay("2017-03-15")
	for i, f := range all {
		text := "已经整改到位"
		if i == 2 {
			text = "因值班表没有公示造成，已公示"
		}
		h.must(sup.ReportFinding(as("林小满"), h.key(), f, text))
	}
	h.clock.SetDay("2017-03-20")
	for _, f := range all {
		h.must(sup.CloseFinding(as("方衡"), h.key(), f, "属实"))
	}
	h.clock.SetDay("2017-03-29")
	h.must(sup.ReopenFinding(as("方衡"), h.key(), all[0], "又无人值守", 5))
	h.clock.SetDay("2017-04-05")
	h.must(h.out.Drain(t.Context()))
	n, err := h.s.DetectMonth(as("方衡"), h.key(), "2017-03")
	h.must(err)
	list, err := h.s.Signals(as("林小满"), conduct.SignalFilter{})
	h.must(err)
	var text []string
	for _, x := range list {
		text = append(text, x.Symptom.Chinese()+"："+strings.Join(x.Features, "；"))
	}
	got := strings.Join(text, "\n")
	want(t, got, "不急不忙：近三个月收到 3 件，3 件过了 2 个工作日才签收或者还没有签收；办过的 3 件平均用去时限的 100%（线是 80%）",
		"不疼不痒：销号以后又反弹，重新打开 1 次；整改情况没有说明问题是怎么来的", "不疼不痒：整改情况没有说明问题是怎么来的")
	if n != 3 || len(list) != 3 {
		t.Errorf("%d signals:\n%s", n, got)
	}
}
