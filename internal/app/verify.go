package app

import (
	"context"
	"errors"
	"fmt"
	"os"

	"duban/internal/app/house"
	"duban/internal/area/supervision"
	"duban/internal/base/sqldb"
	"duban/internal/spine/calendar"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/task"
	"duban/migrations"
)

type verifyCmd struct {
	dbFlag
	File string `arg:"" optional:"" help:"下载的证明文件；不写就核验整个数据库。"`
	Key  string `placeholder:"公钥" help:"本机构公布的台账公钥，以前的也可以。不写就只打印证明里公钥的指纹，签名未证实。"`

	Outside []string `sep:"none" placeholder:"文件或目录" help:"另一处保存的签封，可以写几次；整本台账要和它们对得上。"`
	Pubkey  []string `sep:"none" placeholder:"公钥" help:"另一处保存的公钥，或存着它的文件，可以写几次；不写就用签封文件里的那一行。"`
}

func (v *verifyCmd) Run(ctx context.Context, c Config, o *out) error {
	if v.File != "" {
		if len(v.Outside) > 0 || len(v.Pubkey) > 0 {
			return errors.New("--outside 和 --pubkey 核验的是整个数据库，不能和证明文件一起写；证明文件的公钥用 --key")
		}
		return v.bundle(o)
	}
	kept, err := readOutside(v.Outside, v.Pubkey)
	if err != nil {
		return err
	}
	h, err := v.look(ctx, c, o)
	if err != nil {
		return err
	}
	defer h.Close()
	if len(v.Outside) > 0 {
		fmt.Fprintf(o.stdout, "外面保存的签封 %d 份。\n", len(kept.Notes))
		if len(kept.Keys) == 0 {
			fmt.Fprintln(o.stdout, "没有外面保存的公钥，用的是库里的公钥：签名密钥有没有换过，查不出来。请加 --pubkey。")
		}
	}
	return undisturbed(h, verifyDatabase(ctx, h, o, kept))
}

// undisturbed is the error of a look at the database, or that it was changed meanwhile in a way that makes any error and any finding worthless.
func undisturbed(h *house.House, err error) error {
	if e := h.DB.Undisturbed(); e != nil {
		return e
	}
	return err
}

// verifyDatabase re-derives the ledger and compares every sealed row, every value that is made of sealed rows, the bytes of every exhibit, and
// what was kept outside.
func verifyDatabase(ctx context.Context, h *house.House, o *out, kept ledger.Outside) error {
	shape, err := h.DB.Shape(ctx, migrations.FS) // first: what shows different things to different readers can be verified by nobody
	if err != nil {
		return err
	}
	for _, s := range shape {
		fmt.Fprintln(o.stdout, s)
	}
	report, err := ledger.VerifyAgainst(ctx, h.DB, kept)
	if err != nil {
		return err
	}
	for _, x := range report.Handovers {
		fmt.Fprintln(o.stdout, x)
	}
	found := len(shape) + len(report.Findings)
	for _, f := range report.Findings {
		fmt.Fprintln(o.stdout, f)
	}
	regions, err := h.Org.Regions(ctx)
	if err != nil {
		return err
	}
	if err := h.DB.View(ctx, func(tx *sqldb.Tx) error {
		var ids []int64
		for _, r := range regions {
			ids = append(ids, r.ID)
		}
		bad, err := calendar.Check(ctx, tx, ids)
		for _, b := range bad {
			fmt.Fprintln(o.stdout, b)
		}
		found += len(bad)
		return err
	}); err != nil {
		return err
	}
	for _, r := range regions {
		if err := h.DB.View(ctx, func(tx *sqldb.Tx) error {
			bad, err := indicator.CheckValues(ctx, tx, r.ID)
			for _, b := range bad {
				fmt.Fprintln(o.stdout, b)
			}
			for _, check := range []func(context.Context, *sqldb.Tx, int64) ([]string, error){task.CheckTerms, supervision.CheckDraws, supervision.CheckCounters} {
				if err != nil {
					break
				}
				var more []string
				more, err = check(ctx, tx, r.ID)
				for _, b := range more {
					fmt.Fprintln(o.stdout, b)
				}
				bad = append(bad, more...)
			}
			found += len(bad)
			return err
		}); err != nil {
			return err
		}
		damage, err := h.Evidence.Scrub(ctx, r.ID) // the row says what the bytes must be; these are the bytes
		if err != nil {
			return err
		}
		for _, d := range damage {
			fmt.Fprintln(o.stdout, d.Text)
		}
		found += len(damage)
	}
	if err := undisturbed(h, nil); err != nil {
		return err
	}
	if found > 0 {
		fmt.Fprintf(o.stdout, "核验没有通过：%d 处不一致。\n", found)
		return exitError(1)
	}
	fmt.Fprintf(o.stdout, "核验通过：%s。\n", report)
	return nil
}

func (v *verifyCmd) bundle(o *out) error {
	b, err := os.ReadFile(v.File)
	if err != nil {
		return fmt.Errorf("读不了证明文件：%w", err)
	}
	report, err := ledger.VerifyBundle(b, v.Key)
	if err != nil {
		return err
	}
	fmt.Fprintln(o.stdout, report)
	if !report.OK() {
		return exitError(1)
	}
	return nil
}

type checkCmd struct {
	dbFlag
	Repair bool `help:"把不一致的读模型按原始数据重建。"`
}

func (k *checkCmd) Run(ctx context.Context, c Config, o *out) error {
	open := k.look
	if k.Repair {
		open = k.existing
	}
	h, err := open(ctx, c, o)
	if err != nil {
		return err
	}
	defer h.Close()
	return undisturbed(h, k.check(ctx, h, o))
}

func (k *checkCmd) check(ctx context.Context, h *house.House, o *out) error {
	if err := h.DB.Check(ctx); err != nil {
		return err
	}
	fmt.Fprintf(o.stdout, "%d 条 SQL 在 %s 上都能准备。\n", len(sqldb.Statements()), h.DB.Engine)
	regions, err := h.Org.Regions(ctx)
	if err != nil {
		return err
	}
	bad, replayed, differ := 0, 0, 0
	for _, r := range regions {
		if err := h.DB.View(ctx, func(tx *sqldb.Tx) error {
			list, err := h.Cockpit.Check(ctx, tx, r.ID)
			for _, s := range list {
				fmt.Fprintln(o.stdout, s)
			}
			bad += len(list)
			return err
		}); err != nil {
			return err
		}
		if err := h.DB.View(ctx, func(tx *sqldb.Tx) error {
			n, list, err := h.Appraisal.Replay(ctx, tx, r.ID)
			for _, s := range list {
				fmt.Fprintln(o.stdout, s)
			}
			replayed += n
			differ += len(list)
			return err
		}); err != nil {
			return err
		}
		if bad > 0 && k.Repair {
			if err := h.DB.Update(ctx, func(tx *sqldb.Tx) error { return h.Cockpit.Rebuild(ctx, tx, r.ID) }); err != nil {
				return err
			}
			fmt.Fprintf(o.stdout, "%s：读模型已重建。\n", r.Name)
		}
	}
	if err := undisturbed(h, nil); err != nil {
		return err
	}
	fmt.Fprintf(o.stdout, "重放了 %d 版评比结果，%d 处不同。\n", replayed, differ)
	if differ > 0 {
		return exitError(1)
	}
	if bad > 0 && !k.Repair {
		fmt.Fprintf(o.stdout, "%d 处不一致。加 --repair 可以按原始数据重建。\n", bad)
		return exitError(1)
	}
	fmt.Fprintln(o.stdout, "体检完成。")
	return nil
}
