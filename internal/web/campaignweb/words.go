package campaignweb

import (
	"strings"
	"time"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"
	"duban/internal/web/viz"
)

// quantity reads what was typed into the field name, called label, in an item's own measure: exactly, as package amount does. A measure
// that amount does not know takes a plain number of up to four decimals. Errors: Invalid, at the field.
func quantity(name, label, text, measure string) (amount.Scaled, error) {
	unit, known := amount.ParseUnit(measure)
	if !known {
		text, unit = strings.TrimSuffix(strings.TrimSpace(text), measure), amount.Percent
	}
	q, err := amount.Parse(label, text, unit)
	switch {
	case err != nil && known:
		return 0, errs.At(name, "%s", errs.Say(err))
	case err != nil && strings.TrimSpace(text) == "":
		return 0, errs.At(name, "还没有填“%s”。请写数字，单位%s。", label, measure)
	case err != nil || strings.ContainsAny(text, "%％"):
		return 0, errs.At(name, "“%s”写成了“%s”，请写数字，如 12.5，单位%s。", label, text, measure)
	}
	v, err := q.ToScaled()
	if err != nil {
		return 0, errs.At(name, "%s", errs.Say(err))
	}
	return v, nil
}

// clock prints an instant as 2017-08-22 10:43.
func clock(ms int64) string { return clockOf(time.UnixMilli(ms)) }

func clockOf(t time.Time) string { return t.In(period.Beijing).Format("2006-01-02 15:04") }

// short prints a day as 8-25.
func short(day string) string {
	t, err := period.ParseDay(day)
	if err != nil {
		return day
	}
	return t.Format("1-2")
}

// pace prints where a value should stand (应达) with one decimal at most, half up: it is a quotient, and more digits say nothing.
func pace(v amount.Scaled, measure string) string {
	const tenth = 1000 // of a Scaled
	return indicator.Show((v+tenth/2)/tenth*tenth, measure)
}

// lamp draws a task's light.
func lamp(l task.Light) viz.Light {
	return map[task.Light]viz.Light{task.Red: viz.Red, task.Amber: viz.Amber, task.Green: viz.Green, task.Done: viz.Done, task.NotDue: viz.NotDue, task.Missing: viz.Missing, task.Hold: viz.Hold}[l]
}
