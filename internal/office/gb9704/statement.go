package gb9704

import "duban/internal/office/docx"

// Statement is what a unit says before the meeting that asked it to (表态发言): no red head, as it is spoken and handed in, not issued.
// Source: S7; domain 8 (yellow flags), 16.4.
type Statement struct {
	Title   string // 在二季度重点工作讲评会上的表态发言
	Speaker string // 洪口乡人民政府　何向晚; stands under the title
	Body    []Paragraph
	Signer  string
	Date    string // 2017-08-04; empty leaves room
}

// Data names the tags of the template 表态发言.
func (s Statement) Data() (docx.Data, error) {
	if err := required("标题", s.Title, "发言单位", s.Speaker, "署名", s.Signer); err != nil {
		return nil, err
	}
	date, err := dateCN("日期", s.Date)
	if err != nil {
		return nil, err
	}
	return docx.Data{"标题": s.Title, "发言单位": s.Speaker, "正文": paragraphs(s.Body), "署名": s.Signer, "日期": date}, nil
}

func paragraphs(list []Paragraph) (out []docx.Data) {
	for _, p := range list {
		out = append(out, docx.Data{"文": p.Text, "一级标题": p.Level == 1, "二级标题": p.Level == 2, "段落": p.Level != 1 && p.Level != 2})
	}
	return out
}

func statementBody() string {
	return para("DocTitle", "{{标题}}") +
		para("Speaker", "{{发言单位}}") +
		para("", "{{#正文}}") +
		para("Level1", "{{?一级标题}}{{文}}{{/一级标题}}") +
		para("Level2", "{{?二级标题}}{{文}}{{/二级标题}}") +
		para("", "{{?段落}}{{文}}{{/段落}}") +
		para("", "{{/正文}}") +
		blankWithNext(2) +
		para("Signer", "{{署名}}") +
		para("Signer", "{{日期}}") +
		section(false)
}
