package app

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"duban/internal/app/demo"
	"duban/internal/app/house"
	"duban/internal/app/site"
	"duban/internal/base/period"
	"duban/internal/web/accountweb"
)

type demoCmd struct {
	DB   string `default:"sqlite:duban-demo.db" placeholder:"地址" help:"演示用的数据库，默认当前目录的 duban-demo.db；删掉它就从头演示。"`
	Addr string `default:"127.0.0.1:8080" placeholder:"地址" help:"监听地址。"`
	Seed uint64 `default:"1" help:"随机种子：同一个种子演出同一年。"`
	Only bool   `help:"只准备好数据，不启动服务。"`
}

// demoOpened is the setting that keeps when the demonstration was first opened, in real time: its clock runs on from there.
const demoOpened = "demo.opened_at"

func (d *demoCmd) Run(ctx context.Context, c Config, o *out) error {
	c.Addr = d.Addr
	path, lite := strings.CutPrefix(d.DB, "sqlite:")
	if _, err := os.Stat(path); lite && err == nil {
		return d.serve(ctx, c, o)
	}
	began := period.System{}.Now()
	dsn := d.DB
	if lite { // played beside, so that a play that was broken off is never taken for a whole one
		dsn = "sqlite:" + path + ".part"
		for _, end := range []string{"", "-wal", "-shm"} {
			os.Remove(path + ".part" + end)
		}
	}
	clock := period.At(time.Date(2017, 1, 4, 9, 0, 0, 0, period.Beijing))
	h, err := house.Open(ctx, house.Options{DSN: dsn, Clock: clock, Params: demo.Cheap, Log: c.logger(o.stderr)})
	if err != nil {
		return err
	}
	empty, err := h.Account.Empty(ctx)
	if err == nil && empty {
		fmt.Fprintln(o.stdout, "第一次启动，正在按演示剧本走一遍 2017 年 1 至 9 月（约 20 秒）……")
		err = demo.Play(ctx, h, clock, d.Seed, demo.LastDay, func(format string, args ...any) { fmt.Fprintf(o.stdout, "  "+format+"\n", args...) })
	}
	if err == nil {
		err = h.DB.Optimize(ctx)
	}
	if e := h.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	if lite {
		if err := os.Rename(path+".part", path); err != nil {
			return err
		}
	}
	fmt.Fprintf(o.stdout, "演示数据已备好，用时 %.1f 秒。\n", period.System{}.Now().Sub(began).Seconds())
	return d.serve(ctx, c, o)
}

func (d *demoCmd) serve(ctx context.Context, c Config, o *out) error {
	if d.Only {
		return nil
	}
	h, err := house.Open(ctx, house.Options{DSN: d.DB, Clock: period.From(demoStart), Params: demo.Cheap, Log: c.logger(o.stderr)})
	if err != nil {
		return err
	}
	opened, err := h.Setting(ctx, demoOpened)
	if err != nil {
		h.Close()
		return err
	}
	now := period.System{}.Now()
	if ms, err := strconv.ParseInt(opened, 10, 64); err == nil {
		h.Close()
		if h, err = house.Open(ctx, house.Options{DSN: d.DB, Clock: period.From(demoStart.Add(now.Sub(time.UnixMilli(ms)))), Params: demo.Cheap, Log: c.logger(o.stderr)}); err != nil {
			return err
		}
	} else {
		if err := h.SetSetting(ctx, demoOpened, strconv.FormatInt(now.UnixMilli(), 10)); err != nil {
			h.Close()
			return err
		}
		if err := h.RefreshTasks(ctx); err != nil { // the lights of the day on which the demonstration opens
			h.Close()
			return err
		}
	}
	defer h.Close()
	var accounts []accountweb.DemoAccount
	for _, a := range demo.Shown {
		accounts = append(accounts, accountweb.DemoAccount{Who: a.Who, Login: a.Login, Password: demo.Password})
	}
	return serve(ctx, h, c, o, site.Options{Demo: accounts}, func(addr string) {
		fmt.Fprintf(o.stdout, "\n督办演示已启动：%s\n演示日期 2017 年 10 月 9 日起，全部是演示数据。密码都是 %s\n", addr, demo.Password)
		for _, a := range demo.Shown {
			fmt.Fprintf(o.stdout, "  %-10s %s\n", a.Login, a.Who)
		}
		fmt.Fprintln(o.stdout, "按 Ctrl+C 停止。")
	})
}
