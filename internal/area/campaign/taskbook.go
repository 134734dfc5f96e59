package campaign

import (
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"
)

// TaskBookKind is the kind of a task book's ref.
const TaskBookKind = "campaign.taskbook"

// TaskBookState is how far a task book is.
type TaskBookState string

// The states of a task book.
const (
	NotIssued TaskBookState = ""         // 未下达
	Issued    TaskBookState = "issued"   // 已下达，待签收
	Accepted  TaskBookState = "accepted" // 已签收
)

// Chinese returns the state's name.
func (s TaskBookState) Chinese() string {
	return map[TaskBookState]string{NotIssued: "未下达", Issued: "已下达，待签收", Accepted: "已签收"}[s]
}

// TaskBook is what a unit owes in a campaign for its year (任务书).
type TaskBook struct {
	ID             int64
	CampaignID     int64
	UnitID         int64
	State          TaskBookState
	Items          int64 // when it was issued or last accepted
	IssuedAt       int64
	AcceptedAt     int64
	AcceptedPostID int64 // the post that accepted it
	Version        int64
}

func (b TaskBook) sealed() any {
	return struct {
		Campaign int64         `json:"campaign,string"`
		Unit     int64         `json:"unit,string"`
		State    TaskBookState `json:"state"`
		Items    int64         `json:"items"`
		Post     int64         `json:"post,string"`
	}{b.CampaignID, b.UnitID, b.State, b.Items, b.AcceptedPostID}
}

// BookItem is an entry of a task book with what was promised first (原定) and what holds now (现行).
type BookItem struct {
	Task        task.Task
	Item        Item
	Sheet       indicator.Sheet // plan in force
	First       task.Baseline   // 原定
	FirstPlan   indicator.Plan
	Adjustments int64 // 调整次数: approved ones
}

// BookView is a task book as a page shows it.
type BookView struct {
	Book     TaskBook // State NotIssued if there is none yet
	Campaign Campaign
	Items    []BookItem
	Weight   int64 // ×100, of all items
}
