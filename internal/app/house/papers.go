package house

import (
	"duban/internal/office/gb9704"
	"duban/internal/spine/auth"
	"duban/internal/spine/template"
)

// papers are the papers whose templates an office may replace, each with the office that issues it.
func papers() (out []template.Paper) {
	office := map[string]auth.Role{gb9704.BulletinName: auth.Supervisor, gb9704.ConfirmationName: auth.Supervisor, gb9704.PledgeName: auth.Supervisor,
		gb9704.ScoreSheetName: auth.Appraiser, gb9704.RankingName: auth.Appraiser, gb9704.FlagNoticeName: auth.Appraiser, gb9704.StatementName: auth.Appraiser}
	for _, name := range gb9704.Names() {
		out = append(out, template.Paper{Key: gb9704.Key(name), Name: name, Office: office[name],
			Default: func() []byte { return gb9704.Template(name) },
			Check:   func(file []byte) error { return gb9704.Check(name, file) }})
	}
	return out
}
