package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"duban/internal/app/house"
	"duban/internal/app/site"
	"duban/internal/base/period"
)

type serveCmd struct {
	dbFlag
	Addr string `placeholder:"地址" help:"监听地址，如 127.0.0.1:8080；默认用配置里的。"`
}

func (s *serveCmd) Run(ctx context.Context, c Config, o *out) error {
	if s.Addr != "" {
		c.Addr = s.Addr
	}
	h, err := s.open(ctx, c, o)
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.EnsureReturns(ctx); err != nil {
		return err
	}
	empty, err := h.Account.Empty(ctx)
	if err != nil {
		return err
	}
	return serve(ctx, h, c, o, site.Options{}, func(addr string) {
		fmt.Fprintf(o.stdout, "督办已启动：%s\n", addr)
		if empty {
			code, err := h.Account.NewCode(ctx)
			if err != nil {
				fmt.Fprintln(o.stderr, "没能生成初始化口令：", err)
				return
			}
			fmt.Fprintf(o.stdout, "第一次使用：请在 24 小时内打开 %s/setup ，输入一次性口令 %s ，设立三名管理员。\n", addr, code)
		}
	})
}

// serve runs the server and the jobs until ctx ends, then lets open requests finish.
func serve(ctx context.Context, h *house.House, c Config, o *out, opt site.Options, ready func(addr string)) error {
	proxies, err := c.proxies()
	if err != nil {
		return err
	}
	withTLS := c.TLSCert != ""
	if host, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("监听地址 %q 不对，请写成 127.0.0.1:8080 这样", c.Addr)
	} else if ip := net.ParseIP(host); !withTLS && len(proxies) == 0 && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("监听本机以外的地址要有 TLS：请在配置里写 tls_cert 和 tls_key，或者让可信的反向代理在前面（写 proxies）")
	}
	opt.TLS, opt.Proxies, opt.Title, opt.Log = withTLS || len(proxies) > 0, proxies, c.Title, h.Log
	handler, err := site.New(h, opt)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("不能监听 %s：%w。可能已有程序占用，请换一个端口", c.Addr, err)
	}
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: 5 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	scheme := "http"
	if withTLS {
		cert, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			return fmt.Errorf("TLS 证书用不了：%w", err)
		}
		srv.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}}
		ln, scheme = tls.NewListener(ln, srv.TLSConfig), "https"
	}
	jobs, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { h.RunJobs(jobs) })
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	ready(scheme + "://" + strings.Replace(ln.Addr().String(), "127.0.0.1", "localhost", 1))
	select {
	case err = <-failed:
	case <-ctx.Done():
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
		err = srv.Shutdown(late)
		cancel()
	}
	stop()
	wg.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// demoStart is where the demonstration's clock stands at the first start: 9 October 2017, 09:00 in Beijing.
var demoStart = time.Date(2017, 10, 9, 9, 0, 0, 0, period.Beijing)
