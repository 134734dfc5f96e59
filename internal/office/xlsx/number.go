package xlsx

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// kind is what a number format makes of a number.
type kind int

const (
	general kind = iota
	percent
	date     // 2017-03-05
	month    // 2017-03
	clock    // 14:30
	datetime // 2017-03-05 14:30
)

// aside is what a format shows but does not compute: quoted words, escaped characters, colours and locales, padding.
var aside = regexp.MustCompile(`"[^"]*"|\\.|_.|\*.|\[[^\]]*\]`)

var elapsed = regexp.MustCompile(`(?i)\[(h+|m+|s+)\]`)

// kindOf reads a number format: by its number for the built-in ones, else by its code.
func kindOf(id int, code string) kind {
	if code == "" {
		switch {
		case id == 9 || id == 10:
			return percent
		case id == 57 || id == 17:
			return month
		case id >= 14 && id <= 16, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 58:
			return date
		case id == 22:
			return datetime
		case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47, id == 55, id == 56:
			return clock
		}
		return general
	}
	code, _, _ = strings.Cut(code, ";")
	code = elapsed.ReplaceAllString(code, "$1")
	code = strings.ToLower(aside.ReplaceAllString(code, ""))
	if code == "general" || code == "@" {
		return general
	}
	y, d, h := strings.Contains(code, "y"), strings.Contains(code, "d"), strings.ContainsAny(code, "hs")
	m := strings.Contains(code, "m")
	switch {
	case (y || d) && h:
		return datetime
	case h:
		return clock
	case y && m && !d:
		return month
	case y || d || m:
		return date
	case strings.Contains(code, "%"):
		return percent
	}
	return general
}

// print shows the stored number v. A spreadsheet holds 15 digits; what is written beyond them is noise of its binary
// numbers (8.2599999999999998 is 8.26) and goes, as it does on its screen.
func (k kind) print(v string, date1904 bool) string {
	if v == "" {
		return ""
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return v
	}
	if k == general || k == percent || f < 0 || f >= 2958466 { // beyond 9999-12-31 it is no date
		if math.Abs(f) >= 1e21 {
			return v
		}
		s := digits15(f)
		if k == percent {
			return shift2(s) + "%"
		}
		return s
	}
	days := math.Floor(f)
	seconds := int(math.Round((f - days) * 86400))
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days < 60: // the format believes that 1900 had a 29 February
		base = base.AddDate(0, 0, 1)
	}
	t := base.AddDate(0, 0, int(days)).Add(time.Duration(seconds) * time.Second)
	hm := "15:04"
	if seconds%60 != 0 {
		hm = "15:04:05"
	}
	switch k {
	case month:
		return t.Format("2006-01")
	case clock:
		if days > 0 { // hours that ran on
			return fmt.Sprintf("%d:%02d", int(days)*24+seconds/3600, seconds/60%60)
		}
		return t.Format(hm)
	case datetime:
		return t.Format("2006-01-02 " + hm)
	}
	if seconds%86400 != 0 {
		return t.Format("2006-01-02 " + hm)
	}
	return t.Format("2006-01-02")
}

// digits15 prints f in plain digits with at most 15 that count.
func digits15(f float64) string {
	f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64)
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if s == "-0" {
		return "0"
	}
	return s
}

// shift2 multiplies plain digits by 100 exactly.
func shift2(s string) string {
	s, negative := strings.CutPrefix(s, "-")
	w, frac, _ := strings.Cut(s, ".")
	frac += "00"
	w, frac = strings.TrimLeft(w+frac[:2], "0"), strings.TrimRight(frac[2:], "0")
	if w == "" {
		w = "0"
	}
	if frac != "" {
		w += "." + frac
	}
	if negative {
		w = "-" + w
	}
	return w
}
