// Package app is the program as it is started: its command line, its configuration and its server. It wires
// what others decide and decides nothing itself.
//
// Source: S1 to S12.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"duban/internal/app/house"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
)

type cli struct {
	Config string `short:"c" placeholder:"文件" help:"配置文件，默认当前目录的 duban.yaml。"`

	Serve      serveCmd      `cmd:"" help:"启动服务。"`
	Demo       demoCmd       `cmd:"" help:"用演示区县的数据启动，看一看产品。"`
	Import     importCmd     `cmd:"" help:"导入：任务分解文件。"`
	Score      scoreCmd      `cmd:"" help:"按考核办法给一张数据表打分，不用数据库。"`
	Verify     verifyCmd     `cmd:"" help:"核验台账：整个数据库，或一个下载的证明文件。"`
	Checkpoint checkpointCmd `cmd:"" help:"把最新的签封和公钥写到一个文件，交给另一个单位保管。"`
	Key        keyCmd        `cmd:"" help:"签名钥：看公钥，换签名钥。"`
	Admin      adminCmd      `cmd:"" help:"管理员在服务器上做的事：重置密码。"`
	Migrate    migrateCmd    `cmd:"" help:"把数据库升级到本程序的版本。"`
	Check      checkCmd      `cmd:"" help:"体检：每条 SQL、每个读模型、每个当前值。"`
	Backup     backupCmd     `cmd:"" help:"不停机备份嵌入式数据库到一个文件。"`
	Show       configCmd     `cmd:"" name:"config" help:"打印生效的配置，口令已遮住。"`
}

// Main runs the program.
func Main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(Run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// out is where a command prints.
type out struct{ stdout, stderr io.Writer }

// Run runs one command and returns the exit status: 0 done, 1 refused or found something, 2 called wrongly.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c, kong.Name("duban"), kong.Description("督办：一抓到底、见到实效。"), kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.ShortUsageOnError(), kong.Help(help))
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	k, err := parser.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		fmt.Fprintln(stderr, "命令写得不对："+err.Error())
		fmt.Fprintln(stderr, "用法：duban <serve|demo|import|score|verify|checkpoint|key|admin|migrate|check|backup|config>，加 --help 看说明")
		return 2
	}
	cfg, err := load(c.Config)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(cfg, &out{stdout, stderr}); err != nil {
		var quiet exitError
		if errors.As(err, &quiet) {
			return int(quiet)
		}
		fmt.Fprintln(stderr, sentence(err))
		return 1
	}
	return 0
}

// help prints kong's help with its few fixed words in Chinese.
func help(o kong.HelpOptions, ctx *kong.Context) error { return helpIn(o, ctx) }

// exitError ends the program with a status and without another word.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// sentence is what the operator reads: the user's sentence and, at the machine, the cause too.
func sentence(err error) string {
	var e *errs.Error
	if errors.As(err, &e) {
		return e.Error()
	}
	return err.Error()
}

type dbFlag struct {
	DB string `name:"db" placeholder:"地址" help:"数据库：sqlite:文件 或 postgres://…；默认用配置里的。"`
}

// open opens the database, and makes it if there is none.
func (f dbFlag) open(ctx context.Context, c Config, o *out) (*house.House, error) {
	if f.DB != "" {
		c.DB = f.DB
	}
	return house.Open(ctx, house.Options{DSN: c.DB, Node: c.Node, Log: c.logger(o.stderr)})
}

// existing opens a database that is there: of a mistyped path nothing must be made, verified or backed up.
func (f dbFlag) existing(ctx context.Context, c Config, o *out) (*house.House, error) {
	if _, err := f.path(c); err != nil {
		return nil, err
	}
	return f.open(ctx, c, o)
}

// look opens a database to look at it: nothing of it is changed, not even brought up to date.
func (f dbFlag) look(ctx context.Context, c Config, o *out) (*house.House, error) {
	dsn, err := f.path(c)
	if err != nil {
		return nil, err
	}
	return house.OpenReadOnly(ctx, house.Options{DSN: dsn, Log: c.logger(o.stderr)})
}

// path returns the address of the database, which must be there if it is a file.
func (f dbFlag) path(c Config) (dsn string, err error) {
	if dsn = c.DB; f.DB != "" {
		dsn = f.DB
	}
	if file, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("没有数据库文件 %s。请核对 --db 或配置里的 db；新库由 duban serve 建立", file)
		}
	}
	return dsn, nil
}

type migrateCmd struct{ dbFlag }

func (m *migrateCmd) Run(ctx context.Context, c Config, o *out) error {
	h, err := m.open(ctx, c, o)
	if err != nil {
		return err
	}
	defer h.Close()
	fmt.Fprintln(o.stdout, "数据库已是本程序的版本。")
	return nil
}

type backupCmd struct {
	dbFlag
	File string `arg:"" help:"备份写到哪个文件，不能已经存在。"`
}

// Run copies the database as it stands: it is not brought up to date first, so that a new program can back up what the old one left.
func (b *backupCmd) Run(ctx context.Context, c Config, o *out) error {
	dsn, err := b.path(c)
	if err != nil {
		return err
	}
	db, err := sqldb.Open(ctx, dsn, period.System{})
	if err != nil {
		return err
	}
	defer db.Close()
	// Passwords' hashes and the signing key stand in it: nobody else on the machine reads it.
	f, err := os.OpenFile(b.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s 已经存在，备份不会覆盖它。请换一个文件名", b.File)
	}
	if err != nil {
		return fmt.Errorf("写不了备份文件：%w", err)
	}
	f.Close()
	if err := db.Backup(ctx, b.File); err != nil {
		os.Remove(b.File)
		return err
	}
	fmt.Fprintf(o.stdout, "已备份到 %s。用 duban verify --db sqlite:%s 可以核验它。\n", b.File, b.File)
	return nil
}

type configCmd struct{}

func (configCmd) Run(c Config, o *out) error { c.print(o.stdout); return nil }
