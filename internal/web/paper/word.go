package paper

import (
	"context"

	"duban/internal/base/errs"
	"duban/internal/office/gb9704"
)

// Templates are the templates that offices have put in place of the defaults; *template.Service keeps them. at is the instant from which the paper looks as it
// does: when it was signed or issued; 0 is now.
type Templates interface {
	AsOf(ctx context.Context, key string, at int64) ([]byte, error)
}

// Word makes the Word file of the paper called name with the template of its instant. Without Templates it takes the default.
func Word(ctx context.Context, t Templates, name string, at int64, p gb9704.Paper) ([]byte, error) {
	var file []byte
	if t != nil {
		var err error
		if file, err = t.AsOf(ctx, gb9704.Key(name), at); err != nil {
			return nil, err
		}
	}
	if _, err := p.Data(); err != nil { // what the paper itself lacks, before what its template does
		return nil, err
	}
	b, err := gb9704.Render(name, file, p)
	if errs.KindOf(err) == errs.Invalid && file != nil { // a check of before let it pass, or the paper has outgrown it
		return nil, errs.New(errs.Conflict, "“%s”的自备模板用不了：%s 可以请印发部门在“公文模板”里改回默认模板。", name, errs.Say(err))
	}
	return b, err
}
