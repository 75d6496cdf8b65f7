"""EGRU language model in PyTorch: the layer, its surrogate gradient, the model and its evaluation.

The cell is the form that public EGRU checkpoints compute (gates z, r, g; two biases; the
threshold is subtracted from the stored state):

    a_in = x_t @ kernel + bias            a_rec = y_{t-1} @ recurrent_kernel + recurrent_bias
    z = sigmoid(a_in_z + a_rec_z)         r = sigmoid(a_in_r + a_rec_r)
    g = tanh(a_in_g + r * a_rec_g)        c = z * h + (1 - z) * g
    y = c if c > threshold else 0         h = c - threshold where c > threshold, else c

Matrices are source-major: [n_sources, 3 * n_units], column = gate * n_units + unit. Works on
PyTorch 1.13 and later, CPU or GPU. The backward pass through time is written out by hand: one
matrix product per step and direction, and the weight gradients as one product per sequence.
"""
import math

import torch
from torch import nn


class EgruSequence(torch.autograd.Function):
    """A whole sequence through one layer. Shapes: a_in [T, B, 3H], state [B, H] each."""

    @staticmethod
    def forward(ctx, a_in, recurrent_kernel, recurrent_bias, threshold, y, h, surrogate,
                event_cost):
        n_units = threshold.numel()
        z, r, g, a_g, c, h_old, y_old, y_all = [], [], [], [], [], [], [], []
        for a_t in a_in.unbind(0):
            a_rec = torch.addmm(recurrent_bias, y, recurrent_kernel)
            gates = torch.sigmoid(a_t[:, :2 * n_units] + a_rec[:, :2 * n_units])
            z_t, r_t = gates[:, :n_units], gates[:, n_units:]
            a_g_t = a_rec[:, 2 * n_units:]
            g_t = torch.tanh(torch.addcmul(a_t[:, 2 * n_units:], r_t, a_g_t))
            c_t = torch.lerp(g_t, h, z_t)
            event = (c_t > threshold).to(c_t.dtype)
            y_old.append(y)
            h_old.append(h)
            y = c_t * event
            h = c_t - event * threshold
            for kept, value in ((z, z_t), (r, r_t), (g, g_t), (a_g, a_g_t), (c, c_t), (y_all, y)):
                kept.append(value)
        ctx.steps = (z, r, g, a_g, c, h_old, y_old)
        ctx.save_for_backward(recurrent_kernel, threshold)
        ctx.surrogate, ctx.event_cost = surrogate, event_cost
        return torch.stack(y_all), h

    @staticmethod
    def backward(ctx, grad_y, _grad_h):
        recurrent_kernel, threshold = ctx.saved_tensors
        z, r, g, a_g, c, h_old, y_old = ctx.steps
        n_steps = len(z)
        width = ctx.surrogate
        kernel_t = recurrent_kernel.t().contiguous()
        grad_in, grad_rec = [None] * n_steps, [None] * n_steps
        grad_rec_y = torch.zeros_like(c[0])
        grad_h = torch.zeros_like(c[0])
        for t in range(n_steps - 1, -1, -1):
            dy = grad_y[t] + grad_rec_y
            event = (c[t] > threshold).to(c[t].dtype)
            near = (1 - width * (c[t] - threshold).abs()).clamp_(min=0)
            leak = near.mul(0.5).mul_(1 - event)
            d_event = ((dy - grad_h) * threshold).add_(ctx.event_cost)
            dc = torch.addcmul(torch.addcmul(grad_h, dy, event + leak), d_event, near)
            dz = dc * (h_old[t] - g[t]) * z[t] * (1 - z[t])
            dg = dc * (1 - z[t]) * (1 - g[t] * g[t])
            dr = dg * a_g[t] * r[t] * (1 - r[t])
            grad_in[t] = torch.cat((dz, dr, dg), 1)
            grad_rec[t] = torch.cat((dz, dr, dg * r[t]), 1)
            grad_rec_y = grad_rec[t] @ kernel_t
            grad_h = dc * z[t]
        rec = torch.cat(grad_rec)
        return (torch.stack(grad_in), torch.cat(y_old).t() @ rec, rec.sum(0), None, None, None,
                None, None)


class EgruLayer(nn.Module):
    """One layer; `forward` takes and returns (y, h), so state can be carried in either rule."""

    def __init__(self, n_inputs, n_units, threshold_mean=0.01, surrogate=1.0,
                 input_gain=1.0, gain=1.0):
        super().__init__()
        self.n_inputs, self.n_units, self.surrogate = n_inputs, n_units, surrogate
        self.kernel = nn.Parameter(torch.empty(n_inputs, 3 * n_units))
        self.recurrent_kernel = nn.Parameter(torch.empty(n_units, 3 * n_units))
        self.bias = nn.Parameter(torch.zeros(3 * n_units))
        self.recurrent_bias = nn.Parameter(torch.zeros(3 * n_units))
        nn.init.xavier_normal_(self.kernel, input_gain)
        nn.init.xavier_normal_(self.recurrent_kernel, gain)
        concentration = 3 * threshold_mean / (1 - threshold_mean)
        thresholds = torch.distributions.Beta(concentration, 3.0).sample((n_units,))
        self.register_buffer("threshold", thresholds)
        self.event_cost = 0.0

    def forward(self, x, y, h):
        """x [T, B, n_inputs] -> events [T, B, n_units], last stored state [B, n_units]."""
        n_steps, n_batch = x.shape[:2]
        a_in = torch.addmm(self.bias, x.reshape(-1, self.n_inputs), self.kernel)
        return EgruSequence.apply(a_in.view(n_steps, n_batch, -1), self.recurrent_kernel,
                                  self.recurrent_bias, self.threshold, y, h, self.surrogate,
                                  self.event_cost)


class TiedDecoderLoss(torch.autograd.Function):
    """Mean cross entropy of x @ embedding.T + bias, in chunks, so that logits never pile up."""

    CHUNK_TOKENS = 280

    @staticmethod
    def forward(ctx, x, embedding, bias, targets):
        chunk = x.shape[0] if x.is_cuda else TiedDecoderLoss.CHUNK_TOKENS
        total, grad_x = 0.0, []
        grad_embedding, grad_bias = torch.zeros_like(embedding), torch.zeros_like(bias)
        for start in range(0, x.shape[0], chunk):
            part, wanted = x[start:start + chunk], targets[start:start + chunk]
            rows = torch.arange(part.shape[0], device=x.device)
            logits = torch.addmm(bias, part, embedding.t())
            logits -= logits.max(1, keepdim=True)[0]
            picked = logits[rows, wanted]
            probs = logits.exp_()
            norm = probs.sum(1)
            total = total + (norm.log() - picked).sum()
            probs /= (norm * x.shape[0])[:, None]
            probs[rows, wanted] -= 1.0 / x.shape[0]
            grad_x.append(probs @ embedding)
            grad_embedding.addmm_(probs.t(), part)
            grad_bias += probs.sum(0)
        ctx.save_for_backward(torch.cat(grad_x), grad_embedding, grad_bias)
        return total / x.shape[0]

    @staticmethod
    def backward(ctx, grad):
        return tuple(grad * saved for saved in ctx.saved_tensors) + (None,)


def locked_dropout(x, p, training):
    """Dropout with one mask for all time steps of a sequence; x is [T, B, n]."""
    if not training or p == 0:
        return x
    keep = torch.empty_like(x[:1]).bernoulli_(1 - p).div_(1 - p)
    return x * keep


class EgruLanguageModel(nn.Module):
    """Embedding, stacked EGRU layers, decoder tied to the embedding."""

    def __init__(self, n_words, n_embedding, layer_sizes, threshold_mean=0.01,
                 gains=(1.0, 1.0, 1.0), embedding_scale=0.1):
        super().__init__()
        if layer_sizes[-1] != n_embedding:
            raise ValueError("the last layer must be as wide as the embedding: the decoder is tied")
        sizes = [n_embedding] + list(layer_sizes)
        self.embedding = nn.Parameter(
            torch.empty(n_words, n_embedding).uniform_(-embedding_scale, embedding_scale))
        self.decoder_bias = nn.Parameter(torch.zeros(n_words))
        self.layers = nn.ModuleList(
            EgruLayer(sizes[i], sizes[i + 1], threshold_mean,
                      input_gain=gains[0] if i == 0 else gains[1], gain=gains[2])
            for i in range(len(layer_sizes)))

    def initial_state(self, n_batch):
        like = self.embedding
        return [(like.new_zeros(n_batch, layer.n_units), like.new_zeros(n_batch, layer.n_units))
                for layer in self.layers]

    def forward(self, tokens, state, dropout=(0.0, 0.0, 0.0)):
        """tokens [T, B] -> last layer's events [T, B, E], new state, events of every layer."""
        p_input, p_hidden, p_output = dropout
        x = locked_dropout(nn.functional.embedding(tokens, self.embedding), p_input, self.training)
        new_state, events = [], []
        for i, (layer, (y, h)) in enumerate(zip(self.layers, state)):
            y_all, h_last = layer(x, y, h)
            new_state.append((y_all[-1].detach(), h_last.detach()))
            events.append(y_all)
            last = i + 1 == len(self.layers)
            x = locked_dropout(y_all, p_output if last else p_hidden, self.training)
        return x, new_state, events

    def loss(self, x, targets):
        return TiedDecoderLoss.apply(x.reshape(-1, x.shape[-1]), self.embedding,
                                     self.decoder_bias, targets.reshape(-1))

    def prunable(self):
        return [p for layer in self.layers for p in (layer.kernel, layer.recurrent_kernel)]


def read_tokens(path, vocabulary=None):
    """Word ids of a text: words separated by blanks, `<eos>` after every line.

    Without a vocabulary a new one is made, in order of first appearance; returns both.
    """
    grow = vocabulary is None
    vocabulary = {} if grow else vocabulary
    unknown = vocabulary.get("<unk>")
    ids = []
    with open(path, encoding="utf-8") as text:
        for line in text:
            for word in line.split() + ["<eos>"]:
                if grow:
                    ids.append(vocabulary.setdefault(word, len(vocabulary)))
                else:
                    ids.append(vocabulary.get(word, unknown))
    if None in ids:
        raise ValueError(f"{path}: a word is not in the vocabulary, which has no <unk>")
    return torch.tensor(ids, dtype=torch.long), vocabulary


@torch.no_grad()
def evaluate(model, tokens, n_streams=1, chunk_steps=70, carry="full", counts=None):
    """Perplexity and mean activity per layer.

    carry "full": y and h run on from chunk to chunk. carry "events": only y does, h restarts at
    zero every `chunk_steps` steps (how the published checkpoints are evaluated). With one stream
    every token but the first is predicted once; more streams are quicker and approximate. A dict given
    as `counts` gets "macs_both": per layer, the stored weights whose source was not zero, summed over
    all steps.
    """
    was_training = model.training
    model.eval()
    n_rows = (tokens.numel() - 1) // n_streams
    source = tokens[:n_rows * n_streams].view(n_streams, n_rows).t()
    target = tokens[1:n_rows * n_streams + 1].view(n_streams, n_rows).t()
    state = model.initial_state(n_streams)
    nll = 0.0
    active = [0] * len(model.layers)
    macs = [0] * len(model.layers)
    kept = [[(m != 0).sum(1) for m in (layer.kernel, layer.recurrent_kernel)]
            for layer in model.layers]
    for start in range(0, n_rows, chunk_steps):
        if carry == "events":
            state = [(y, torch.zeros_like(h)) for y, h in state]
        before = [y for y, _ in state]
        x, state, events = model(source[start:start + chunk_steps], state)
        inputs = [nn.functional.embedding(source[start:start + chunk_steps], model.embedding)]
        for i, (fed, y_all) in enumerate(zip(inputs + events, events)):
            recurrent = torch.cat((before[i][None], y_all[:-1]))
            macs[i] += int(((fed != 0).sum((0, 1)) * kept[i][0]).sum()
                           + ((recurrent != 0).sum((0, 1)) * kept[i][1]).sum())
        wanted = target[start:start + chunk_steps]
        logits = x.reshape(-1, x.shape[-1]) @ model.embedding.t() + model.decoder_bias
        part = nn.functional.cross_entropy(logits.double(), wanted.reshape(-1), reduction="sum")
        nll += part.item()
        for i, layer_events in enumerate(events):
            active[i] += int((layer_events != 0).sum())
    model.train(was_training)
    if counts is not None:
        counts["macs_both"] = macs
    n_tokens = n_rows * n_streams
    activity = [a / (n_tokens * layer.n_units) for a, layer in zip(active, model.layers)]
    return math.exp(nll / n_tokens), activity
