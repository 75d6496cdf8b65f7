#!/usr/bin/env python3
"""Train a weight-sparse, activity-sparse EGRU language model on a text and write a network directory.

    scripts/train_egru.py --train ptb.train.txt --valid ptb.valid.txt --test ptb.test.txt \
        --embedding 256 --layers 512,512,256 --minutes 120 -o models/my-model

Gradual magnitude pruning (cubic schedule, arXiv:1710.01878) over the kernels and recurrent kernels
of all layers jointly; events are held near --activity by a cost on every event, steered per layer.
Schedules run over the share of the budget that is spent: --epochs, or --minutes of wall time.
Checkpoints are written as training goes; --resume continues from the newest.
"""
import argparse
import json
import math
import os
import time

import torch
import torch.distributed
import torch.multiprocessing

from egru_torch import EgruLanguageModel, evaluate, read_tokens
from network_dir import write_network


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--train", required=True, help="training text, one sentence a line")
    add("--valid", required=True, help="validation text")
    add("--test", help="test text, evaluated once at the end")
    add("--embedding", type=int, default=256, help="width of the embedding (default 256)")
    add("--layers", default="512,512,256", help="units per layer; the last equals the embedding")
    add("--epochs", type=float, default=12, help="passes over the training text (default 12)")
    add("--minutes", type=float, help="wall time to train, instead of --epochs")
    add("--batch", type=int, default=40, help="parallel streams (default 40)")
    add("--bptt", type=int, default=35, help="steps per update (default 35)")
    add("--lr", type=float, default=3.5e-3, help="peak learning rate of AdamW (default 0.0035)")
    add("--weight-decay", type=float, default=0.02, help="decoupled weight decay (default 0.02)")
    add("--clip", type=float, default=0.5, help="gradient norm limit (default 0.5)")
    add("--dropout", default="0.1,0.15,0.2", help="locked dropout: input, between layers, output")
    add("--density", type=float, default=0.1, help="share of weights kept at the end (default 0.1)")
    add("--prune", default="0.1,0.6", help="share of the budget where pruning starts and ends")
    add("--prune-every", type=int, default=50, help="updates between two prunings (default 50)")
    add("--activity", type=float, default=0.15, help="target share of units that emit an event")
    add("--event-cost-rate", type=float, default=2e-3,
        help="how quickly the price of an event follows the excess activity (default 0.002)")
    add("--threshold-mean", type=float, default=0.01, help="mean of the Beta-drawn thresholds")
    add("--gains", default="10,4,1",
        help="initial gain of the first kernel, of later kernels, of recurrent kernels")
    add("--embedding-scale", type=float, default=0.1, help="initial range of the embedding")
    add("--seed", type=int, default=1, help="seed of every random draw (default 1)")
    add("--workers", type=int, default=1, help="processes that share each batch (default 1)")
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="cpu or cuda")
    add("--checkpoint", default="egru-checkpoint.pt", help="checkpoint file")
    add("--resume", action="store_true", help="continue from the checkpoint file")
    add("--log", help="append one JSON line per report to this file")
    add("-o", "--output", required=True, help="network directory to write")
    return parser.parse_args()


def prune(parameters, sparsity):
    """Masks (1 keep, 0 pruned) by joint magnitude: exactly ceil(sparsity * n) weights go."""
    sizes = torch.cat([p.detach().abs().flatten() for p in parameters])
    n_pruned = math.ceil(sparsity * sizes.numel() - 1e-9)
    if n_pruned == 0:
        return [torch.ones_like(p) for p in parameters]
    gone = torch.zeros_like(sizes)
    gone[torch.argsort(sizes)[:n_pruned]] = 1.0
    parts = (1.0 - gone).split([p.numel() for p in parameters])
    return [part.view_as(p) for part, p in zip(parts, parameters)]


def sparsity_at(share, start, end, final):
    """Cubic schedule of Zhu and Gupta: steep at first, flat towards the end."""
    if share <= start:
        return 0.0
    left = max(0.0, 1.0 - (share - start) / (end - start))
    return final * (1.0 - left ** 3)


class Trainer:
    """One worker's side of the training; all workers hold the same weights at every update."""

    def __init__(self, options, rank):
        self.options, self.rank = options, rank
        torch.manual_seed(options.seed)
        torch.set_num_threads(1)
        torch.set_flush_denormal(True)
        tokens, self.vocabulary = read_tokens(options.train)
        streams = tokens[:tokens.numel() // options.batch * options.batch].view(options.batch, -1)
        mine = options.batch // options.workers
        self.streams = streams[rank * mine:(rank + 1) * mine].t().contiguous().to(options.device)
        self.valid = read_tokens(options.valid, self.vocabulary)[0].to(options.device)
        layer_sizes = [int(n) for n in options.layers.split(",")]
        self.model = EgruLanguageModel(len(self.vocabulary), options.embedding, layer_sizes,
                                       options.threshold_mean,
                                       [float(g) for g in options.gains.split(",")],
                                       options.embedding_scale).to(options.device)
        counts = torch.bincount(tokens, minlength=len(self.vocabulary)).float() + 1.0
        self.model.decoder_bias.data.copy_((counts / counts.sum()).log())
        self.masks = [torch.ones_like(p) for p in self.model.prunable()]
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=options.lr,
                                           betas=(0.9, 0.99), weight_decay=options.weight_decay)
        self.dropout = tuple(float(p) for p in options.dropout.split(","))
        self.prune_start, self.prune_end = (float(p) for p in options.prune.split(","))
        self.n_updates, self.epoch, self.seconds = 0, 0, 0.0
        self.clock = time.monotonic()
        self.activity = [0.5] * len(layer_sizes)
        self.event_price = [0.0] * len(layer_sizes)
        if options.resume and os.path.exists(options.checkpoint):
            self.load()
        torch.manual_seed(options.seed + 1000 * (rank + 1) + self.n_updates)

    def share_spent(self):
        if self.options.minutes:
            return min(1.0, self.seconds / (60 * self.options.minutes))
        updates_per_epoch = self.streams.shape[0] / self.options.bptt
        return min(1.0, self.n_updates / (updates_per_epoch * self.options.epochs))

    def average(self, figures):
        """Average gradients and `figures` (floats) over the workers; returns the figures."""
        if self.options.workers == 1:
            return figures
        gradients = [p.grad for p in self.model.parameters()]
        flat = torch.cat([g.flatten() for g in gradients] + [torch.tensor(figures)])
        torch.distributed.all_reduce(flat)
        flat /= self.options.workers
        parts = flat.split([g.numel() for g in gradients] + [len(figures)])
        for gradient, part in zip(gradients, parts):
            gradient.copy_(part.view_as(gradient))
        return parts[-1].tolist()

    def set_rates(self, n_events):
        options = self.options
        warm = min(1.0, (self.n_updates + 1) / 200)
        cosine = 0.5 * (1 + math.cos(math.pi * self.share_spent()))
        for group in self.optimizer.param_groups:
            group["lr"] = options.lr * warm * (0.02 + 0.98 * cosine)
        for i, layer in enumerate(self.model.layers):
            if self.share_spent() < self.prune_start:
                continue
            excess = self.activity[i] - options.activity
            price = self.event_price[i] + options.event_cost_rate * excess
            self.event_price[i] = min(5.0, max(0.0, price))
            layer.event_cost = self.event_price[i] / (n_events * layer.n_units)

    def update(self, source, target, state):
        options = self.options
        self.set_rates(source.numel())
        x, state, events = self.model(source, state, self.dropout)
        loss = self.model.loss(x, target)
        self.optimizer.zero_grad()
        loss.backward()
        active = [(layer_events != 0).float().mean().item() for layer_events in events]
        now = time.monotonic()
        seconds, self.clock = self.seconds + now - self.clock, now
        loss, self.seconds, *active = self.average([loss.item(), seconds] + active)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), options.clip)
        self.optimizer.step()
        self.n_updates += 1
        self.activity = [a + 0.02 * (now - a) for a, now in zip(self.activity, active)]
        self.apply_pruning()
        return loss, state

    @torch.no_grad()
    def apply_pruning(self):
        share = self.share_spent()
        if self.n_updates % self.options.prune_every == 0 and share <= self.prune_end + 0.05:
            sparsity = sparsity_at(share, self.prune_start, self.prune_end,
                                   1 - self.options.density)
            self.masks = prune(self.model.prunable(), sparsity)
        for p, mask in zip(self.model.prunable(), self.masks):
            p.mul_(mask)

    def train_epoch(self):
        options, n_rows = self.options, self.streams.shape[0]
        self.model.train()
        state = self.model.initial_state(self.streams.shape[1])
        row = (options.seed * 7919 + self.epoch * 104729) % options.bptt
        total, n_losses = 0.0, 0
        while row + 1 < n_rows and self.share_spent() < 1.0:
            end = min(row + options.bptt, n_rows - 1)
            loss, state = self.update(self.streams[row:end], self.streams[row + 1:end + 1], state)
            total, n_losses, row = total + loss, n_losses + 1, end
            if self.n_updates % 100 == 0 and self.rank == 0:
                self.report({"train_loss": round(total / n_losses, 4)})
                total, n_losses = 0.0, 0
        self.epoch += 1

    def density(self):
        return (sum(m.sum().item() for m in self.masks) / sum(m.numel() for m in self.masks))

    def report(self, figures):
        figures.update({"epoch": self.epoch, "updates": self.n_updates,
                        "seconds": round(self.seconds), "spent": round(self.share_spent(), 4),
                        "density": round(self.density(), 5),
                        "event_price": [round(p, 4) for p in self.event_price],
                        "activity": [round(a, 4) for a in self.activity]})
        line = json.dumps(figures)
        print(line, flush=True)
        if self.options.log:
            with open(self.options.log, "a", encoding="utf-8") as log:
                log.write(line + "\n")

    def save(self):
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(),
                 "masks": self.masks, "vocabulary": self.vocabulary, "activity": self.activity,
                 "event_price": self.event_price,
                 "progress": (self.n_updates, self.epoch, self.seconds),
                 "options": vars(self.options)}
        torch.save(state, self.options.checkpoint + ".part")
        os.replace(self.options.checkpoint + ".part", self.options.checkpoint)

    def load(self):
        state = torch.load(self.options.checkpoint, map_location=self.options.device)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.masks, self.activity = state["masks"], state["activity"]
        self.event_price = state["event_price"]
        self.n_updates, self.epoch, self.seconds = state["progress"]

    def train(self):
        while self.share_spent() < 1.0:
            self.train_epoch()
            if self.rank == 0:
                perplexity, activity = evaluate(self.model, self.valid, n_streams=10)
                self.report({"valid_perplexity": round(perplexity, 3),
                             "valid_activity": [round(a, 4) for a in activity]})
                self.save()


    @torch.no_grad()
    def export(self):
        """Write the network directory; the embedding is rounded to fp16 first, then all is measured."""
        options, model = self.options, self.model
        model.embedding.copy_(model.embedding.half().float())
        perplexity, activity = evaluate(model, self.valid)
        accuracy = {"valid_perplexity": round(perplexity, 4)}
        if options.test:
            test = read_tokens(options.test, self.vocabulary)[0].to(options.device)
            perplexity, activity = evaluate(model, test)
            accuracy["test_perplexity"] = round(perplexity, 4)
            accuracy["test_perplexity_reset_70"] = round(evaluate(model, test, carry="events")[0], 4)
        layers = []
        for layer, active in zip(model.layers, activity):
            names = ("kernel", "recurrent_kernel", "bias", "recurrent_bias", "threshold")
            layers.append({name: getattr(layer, name).cpu().numpy() for name in names})
            layers[-1]["activity"] = active
        name = os.path.basename(os.path.normpath(options.output))
        write_network(options.output, name, layers, embedding=model.embedding.half().cpu().numpy(),
                      description=f"EGRU word language model, layers {options.layers}",
                      vocabulary=self.vocabulary, decoder_bias=model.decoder_bias.cpu().numpy(),
                      provenance=self.recipe(), accuracy=accuracy)
        print(json.dumps({**accuracy, "activity": activity}), flush=True)

    def recipe(self):
        options = self.options
        return {"trained_on": os.path.basename(options.train),
                "recipe": f"{self.n_updates} updates of {options.batch} x {options.bptt} tokens "
                          f"({self.epoch} epochs), AdamW lr {options.lr:g} cosine, weight decay "
                          f"{options.weight_decay:g}, dropout {options.dropout}, density "
                          f"{self.density():.4f} by gradual magnitude pruning, activity target "
                          f"{options.activity:g}, seed {options.seed}",
                "hours": f"{self.seconds / 3600:.2f}"}


def work(rank, options):
    if options.workers > 1:
        torch.distributed.init_process_group("gloo", init_method=options.meeting_point, rank=rank,
                                             world_size=options.workers)
    trainer = Trainer(options, rank)
    trainer.train()
    if rank == 0:
        trainer.export()


def main():
    options = parse_arguments()
    if options.workers > 1:
        options.meeting_point = "file://" + os.path.abspath(options.checkpoint) + ".workers"
        if os.path.exists(options.checkpoint + ".workers"):
            os.remove(options.checkpoint + ".workers")
        torch.multiprocessing.spawn(work, (options,), nprocs=options.workers)
    else:
        work(0, options)


if __name__ == "__main__":
    main()
