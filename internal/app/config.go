package app

import (
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

// Config is the whole configuration. Every field may stand in the file (duban.yaml) or in the environment
// (DUBAN_ and the name in capitals); the environment wins.
type Config struct {
	DB      string   `koanf:"db" help:"数据库：sqlite:文件 或 postgres://用户:口令@主机/库名" secret:"true"`
	Addr    string   `koanf:"addr" help:"监听地址。不是本机回环地址时必须配 TLS 证书，或者放在可信的反向代理后面"`
	TLSCert string   `koanf:"tls_cert" help:"TLS 证书文件（PEM）"`
	TLSKey  string   `koanf:"tls_key" help:"TLS 私钥文件（PEM）"`
	Proxies []string `koanf:"proxies" help:"可信反向代理的网段，只信它们报来的客户端地址和 HTTPS"`
	Node    int64    `koanf:"node" help:"节点号 0 到 255，写进编号里。只是首选：别的程序正用着，就自动换一个"`
	Log     string   `koanf:"log" help:"日志级别：debug info warn error"`
	Title   string   `koanf:"title" help:"页面左上角的名称；空则用行政区简称加“督办”"`
}

func defaults() Config {
	return Config{DB: "sqlite:duban.db", Addr: "127.0.0.1:8080", Log: "info"}
}

// load reads the file, if there is one, and the environment over it.
func load(path string) (Config, error) {
	c := defaults()
	k := koanf.New(".")
	if path == "" {
		if _, err := os.Stat("duban.yaml"); err == nil {
			path = "duban.yaml"
		}
	}
	if path != "" {
		if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
			return c, fmt.Errorf("读不了配置文件 %s：%w", path, err)
		}
	}
	known := map[string]bool{}
	for _, f := range fields() {
		known[f.Tag.Get("koanf")] = true
	}
	for key := range k.All() {
		if name, _, _ := strings.Cut(key, "."); !known[name] {
			return c, fmt.Errorf("配置文件 %s 里的“%s”不认识。可以写的有：%s", path, key, names())
		}
	}
	if err := k.Load(env.Provider(".", env.Opt{Prefix: "DUBAN_", TransformFunc: func(k, v string) (string, any) {
		key := strings.ToLower(strings.TrimPrefix(k, "DUBAN_"))
		if !known[key] {
			return "", nil
		}
		if key == "proxies" {
			return key, strings.Split(v, ",")
		}
		return key, v
	}}), nil); err != nil {
		return c, err
	}
	if err := k.Unmarshal("", &c); err != nil {
		return c, fmt.Errorf("配置有误：%w", err)
	}
	if c.Node < 0 || c.Node > 255 {
		return c, fmt.Errorf("配置 node 要在 0 到 255 之间，现在是 %d", c.Node)
	}
	return c, nil
}

func fields() (out []reflect.StructField) {
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		out = append(out, t.Field(i))
	}
	return out
}

func names() string {
	var s []string
	for _, f := range fields() {
		s = append(s, f.Tag.Get("koanf"))
	}
	return strings.Join(s, "、")
}

// print writes what is in force, with secrets masked.
func (c Config) print(w io.Writer) {
	v := reflect.ValueOf(c)
	for i, f := range fields() {
		text := fmt.Sprint(v.Field(i).Interface())
		if f.Tag.Get("secret") == "true" {
			text = mask(text)
		}
		fmt.Fprintf(w, "# %s\n%s: %s\n", f.Tag.Get("help"), f.Tag.Get("koanf"), text)
	}
}

// mask hides the password of a database address.
func mask(dsn string) string {
	head, rest, ok := strings.Cut(dsn, "://")
	if !ok {
		return dsn
	}
	rest = secretParameter.ReplaceAllString(rest, "${1}****")
	at := strings.LastIndex(rest, "@") // a password may hold one too
	if at < 0 {
		return head + "://" + rest
	}
	name, _, _ := strings.Cut(rest[:at], ":")
	return head + "://" + name + ":****" + rest[at:]
}

var secretParameter = regexp.MustCompile(`(?i)([?&](?:ssl)?password=)[^&]*`)

func (c Config) proxies() (out []netip.Prefix, err error) {
	for _, p := range c.Proxies {
		if p = strings.TrimSpace(p); p == "" {
			continue
		}
		x, err := netip.ParsePrefix(p)
		if err != nil {
			return nil, fmt.Errorf("配置 proxies 里的“%s”不是网段，请写成 10.0.0.0/8 这样", p)
		}
		out = append(out, x)
	}
	return out, nil
}

func (c Config) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log)); err != nil {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}
