package gb9704

import (
	"fmt"
	"strings"
	"time"

	"duban/internal/base/errs"
	"duban/internal/office/docx"
)

// The names of the default templates.
const (
	BulletinName     = "督查通报"
	ConfirmationName = "目标任务确认书"
	PledgeName       = "责任状"
	ScoreSheetName   = "得分单"
	RankingName      = "季度评比结果表"
	StatementName    = "表态发言"
	FlagNoticeName   = "红旗黄旗通报"
)

var bodies = map[string]func() string{
	BulletinName:     bulletinBody,
	ConfirmationName: func() string { return agreementBody(false) },
	PledgeName:       func() string { return agreementBody(true) },
	ScoreSheetName:   scoreSheetBody,
	RankingName:      rankingBody,
	StatementName:    statementBody,
	FlagNoticeName:   bulletinBody,
}

// keys name the papers in addresses and in the store.
var keys = map[string]string{BulletinName: "bulletin", ConfirmationName: "confirmation", PledgeName: "pledge", ScoreSheetName: "score-sheet", RankingName: "ranking", FlagNoticeName: "flags", StatementName: "statement"}

// Key is the short name of a paper in addresses and in the store, "" for none.
func Key(name string) string { return keys[name] }

// Names lists the default templates (模板).
func Names() []string {
	return []string{BulletinName, ConfirmationName, PledgeName, ScoreSheetName, RankingName, FlagNoticeName, StatementName}
}

// Template returns the default template as a .docx with {{tags}}, or nil when there is none of that name.
func Template(name string) []byte {
	body, ok := bodies[name]
	if !ok {
		return nil
	}
	return pack(name, body())
}

// Paper is anything that fills a template: the typed data of this package.
type Paper interface{ Data() (docx.Data, error) }

// Render fills template, or the default called name when template is nil, with p.
func Render(name string, template []byte, p Paper) ([]byte, error) {
	if template == nil {
		if template = Template(name); template == nil {
			return nil, errs.New(errs.NotFound, "没有名为“%s”的模板。", name)
		}
	}
	d, err := p.Data()
	if err != nil {
		return nil, err
	}
	return docx.Render(template, d)
}

// dateCN prints "2017-03-09" as 2017年3月9日, as GB/T 9704 writes dates; an empty date leaves room to write one by hand.
func dateCN(label, day string) (string, error) {
	if day == "" {
		return "　　　　年　　月　　日", nil
	}
	t, err := time.Parse("2006-01-02", day)
	if err != nil {
		return "", errs.New(errs.Invalid, "“%s”写成了“%s”，请写成 2017-03-09 这样的日期。", label, day)
	}
	return fmt.Sprintf("%d年%d月%d日", t.Year(), int(t.Month()), t.Day()), nil
}

// required refuses a paper without something that it cannot do without.
func required(pairs ...string) error {
	var none []string
	for i := 0; i < len(pairs); i += 2 {
		if strings.TrimSpace(pairs[i+1]) == "" {
			none = append(none, "“"+pairs[i]+"”")
		}
	}
	if none != nil {
		return errs.New(errs.Invalid, "还缺%s，不能生成文件。", strings.Join(none, "、"))
	}
	return nil
}
