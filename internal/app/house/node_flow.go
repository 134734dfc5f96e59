package house

import (
	"context"
	"crypto/rand"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/sqldb"
)

// nodes is how many processes may write to one database at a time.
const nodes = 256

// nodeLease is how long a process keeps its number without saying that it lives. A command ends long before; the server renews it each minute.
const nodeLease = 10 * time.Minute

// claim takes a node number for the ids that this process makes: the one of the configuration if it is free, else the lowest that is. So a second
// server, or a command beside the server, never makes an id that another has made, whatever the configuration says.
func (h *House) claim(ctx context.Context) error {
	holder := rand.Text()
	node := int64(-1)
	err := h.DB.Update(ctx, func(tx *sqldb.Tx) error {
		node = -1 // may run twice
		now := h.Real.Now()
		list, err := sqldb.All(ctx, tx, selectNodes, sqldb.Int64, now.UnixMilli())
		if err != nil {
			return err
		}
		held := map[int64]bool{}
		for _, n := range list {
			held[n] = true
		}
		for i := int64(-1); i < nodes && node < 0; i++ {
			n := i
			if i < 0 {
				n = h.Node
			}
			if n < 0 || n >= nodes || held[n] {
				continue
			}
			took, err := tx.Exec(ctx, takeNode, n, holder, now.Add(nodeLease).UnixMilli(), now.UnixMilli())
			if err != nil {
				return err
			}
			if took == 1 {
				node = n
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if node < 0 {
		return errs.New(errs.Conflict, "已有 %d 个程序在写这个数据库，不能再开一个。请先停掉不用的；刚停的要等 %d 分钟。", nodes, int(nodeLease.Minutes()))
	}
	if node != h.Node {
		h.Log.Info("another process holds the configured node number", "configured", h.Node, "node", node)
	}
	h.mu.Lock()
	h.held, h.holder = node, holder
	h.mu.Unlock()
	return nil
}

// keep renews the number until ctx ends. Whoever slept so long that another took it takes a new one before it makes another id.
func (h *House) keep(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := h.renew(ctx); err != nil && ctx.Err() == nil {
				h.Log.ErrorContext(ctx, "the node number was not renewed", "err", err)
			}
		}
	}
}

func (h *House) renew(ctx context.Context) error {
	kept, err := h.setNode(ctx, h.Real.Now().Add(nodeLease))
	if err != nil || kept {
		return err
	}
	h.Log.WarnContext(ctx, "another process has taken the node number of this one")
	if err := h.claim(ctx); err != nil {
		return err
	}
	h.IDs.Move(h.held)
	return nil
}

func (h *House) setNode(ctx context.Context, until time.Time) (kept bool, err error) {
	h.mu.Lock()
	node, holder := h.held, h.holder
	h.mu.Unlock()
	err = h.DB.Update(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(ctx, keepNode, node, holder, until.UnixMilli())
		kept = n == 1
		return err
	})
	return kept, err
}

// release gives the number back.
func (h *House) release() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if _, err := h.setNode(ctx, time.UnixMilli(0)); err != nil {
		h.Log.Warn("the node number was not given back", "err", err)
	}
}
