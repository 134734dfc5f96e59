package account

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/sqldb"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
)

// CodeLife is how long the set-up code lives. Source: reliability 1.
const CodeLife = 24 * time.Hour

// Admins are the three administrators (三员) in the order of the set-up form.
var Admins = [3]auth.Role{auth.SysAdmin, auth.SecAdmin, auth.AudAdmin}

// SetupDraft is the set-up form (初始设置).
type SetupDraft struct {
	Code         string
	Region, Unit string // 宁德市蕉城区; the unit that the three belong to
	Admins       [3]AdminDraft
}

// AdminDraft is one of the three administrators as typed. Its fields are admin.0.name, admin.0.login, admin.0.password.
type AdminDraft struct{ Name, Login, Password string }

func field(i int, name string) string { return "admin." + string(rune('0'+i)) + "." + name }

func (d *SetupDraft) check() error {
	var bad []errs.Field
	add := func(name, message string) { bad = append(bad, errs.Field{Name: name, Message: message}) }
	d.Region, d.Unit = strings.TrimSpace(d.Region), strings.TrimSpace(d.Unit)
	if n := len([]rune(d.Region)); n < 2 || n > 40 {
		add("region", "请写本地行政区的规范名称，比如“宁德市蕉城区”。")
	}
	if n := len([]rune(d.Unit)); n < 2 || n > 60 {
		add("unit", "请写管理员所在单位的规范名称。")
	}
	for i := range d.Admins {
		a := &d.Admins[i]
		a.Name, a.Login = strings.TrimSpace(a.Name), NormalLogin(a.Login)
		if n := len([]rune(a.Name)); n < 2 || n > 20 {
			add(field(i, "name"), "请写"+Admins[i].Chinese()+"的姓名。")
		}
		if err := checkLogin(a.Login); err != nil {
			add(field(i, "login"), errs.FieldsOf(err)[0].Message)
		}
		for j := range i {
			if a.Name == d.Admins[j].Name && a.Name != "" {
				add(field(i, "name"), "三员必须是三个人，这个姓名上面已经有了。")
			}
			if a.Login == d.Admins[j].Login && a.Login != "" {
				add(field(i, "login"), "这个用户名上面已经有了。")
			}
		}
	}
	return errs.Refuse("初始设置还没有完成", bad...)
}

// Empty reports whether nobody can log in yet.
func (s *Service) Empty(ctx context.Context) (empty bool, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		_, ok, err := sqldb.Maybe(ctx, tx, selectAny, sqldb.Int64)
		empty = !ok
		return err
	})
	return empty, err
}

// NewCode makes the set-up code if nobody can log in yet, and "" otherwise. The program prints it at start; an earlier code dies.
func (s *Service) NewCode(ctx context.Context) (code string, err error) {
	empty, err := s.Empty(ctx)
	if err != nil || !empty {
		return "", err
	}
	code = rand.Text()[:20] // 100 bits
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, upsertSetup, digest(code), s.clock.Now().UnixMilli())
		return err
	})
	if err != nil {
		return "", err
	}
	return strings.Join([]string{code[:5], code[5:10], code[10:15], code[15:]}, "-"), nil
}

func plainCode(code string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "", "—", "").Replace(normal(code)))
}

// SetUp opens the accounts of the three administrators with the code that was printed at start, which dies by it.
// Errors: Invalid (fields code, region, unit, admin.N.…).
func (s *Service) SetUp(ctx context.Context, d SetupDraft) error {
	if err := d.check(); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		now := s.clock.Now()
		n, err := tx.Exec(ctx, useSetup, digest(plainCode(d.Code)), now.UnixMilli(), now.Add(-CodeLife).UnixMilli())
		if err != nil {
			return err
		}
		if _, taken, err := sqldb.Maybe(ctx, tx, selectAny, sqldb.Int64); err != nil {
			return err
		} else if n == 0 || taken {
			return errs.At("code", "一次性口令不对，或者已经用过、过了 24 小时。请看程序启动时的输出；重新启动会给出新的。")
		}
		names := make([]string, len(d.Admins))
		for i, a := range d.Admins {
			names[i] = a.Name
		}
		region, people, err := s.org.Found(ctx, tx, d.Region, d.Unit, names)
		if err != nil {
			return err
		}
		var bad []errs.Field
		for i, a := range d.Admins {
			err := s.Create(ctx, tx, region, people[i], a.Login, a.Password, Admins[i])
			if errs.KindOf(err) == errs.Invalid {
				for _, f := range errs.FieldsOf(err) {
					bad = append(bad, errs.Field{Name: field(i, f.Name), Message: Admins[i].Chinese() + "：" + f.Message})
				}
			} else if err != nil {
				return err
			}
		}
		if err := errs.Refuse("初始设置还没有完成", bad...); err != nil {
			return err // rolls back: the code is still good
		}
		return s.log.Append(ctx, tx, audit.Entry{RegionID: region, Act: audit.ActSetup})
	})
}
