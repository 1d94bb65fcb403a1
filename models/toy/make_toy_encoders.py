#!/usr/bin/env python3
"""Makes the toy text encoders of the demo, one of each kind in the text-encoder study, trained on phantoms' impressions.

    build/cxr prep phantom --reports --per-class 400 --seed 1 --out reports.h5
    build/cxr prep phantom --reports --per-class 50 --seed 1001 --out unseen.h5
    python3 models/toy/make_toy_encoders.py --train reports.h5 --test unseen.h5 --out new-encoders

Needs torch, transformers, tokenizers, safetensors, h5py and numpy. Seeded; a folder that is there is left as it is (remove it to make it
again). Prints the CheXpert@10 of every extraction on the test reports, which README.md states.

  bert      BertModel with a pooler and an uncased WordPiece vocabulary; masked words
  roberta   RobertaForMaskedLM, byte-level BPE; masked words, for fewer steps
  cxr-bert  CXR-BERT's layout (Boecking et al. 2022): masked words, then impressions of one label drawn together, by the first token and
            by the projection head
  clip      CLIPTextModelWithProjection; captions of shapes whose wordings differ, halves of a report
"""

import argparse
import json
import pathlib
import time

import h5py
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from tokenizers import BertWordPieceTokenizer, ByteLevelBPETokenizer, Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch import nn
from transformers import (AutoTokenizer, BertConfig, BertForMaskedLM, BertModel, CLIPTextConfig, CLIPTextModelWithProjection,
                          PreTrainedTokenizerFast, RobertaConfig, RobertaForMaskedLM)

LABELS = 14
HIDDEN = dict(hidden_size=64, num_hidden_layers=3, num_attention_heads=4, intermediate_size=256)
PROJECTION = 32
LONGEST = 128  # tokens of a BERT kind
STEPS = {"bert": 2800, "roberta": 700, "cxr-bert": 500, "clip": 500}  # of CXR-BERT so many in each of two stages


# --- Texts ---------------------------------------------------------------------------------------------------------------------

def read_texts(path):
    """Impressions, and the position of each one's positive label."""
    with h5py.File(path) as file:
        data, offsets = file["text_bytes"][:].tobytes(), file["text_offsets"][:]
        texts = [data[begin:end].decode() for begin, end in zip(offsets, offsets[1:])]
        positive = file["labels"][:] == 1
    assert (positive.sum(1) == 1).all(), f"{path}: a report has not one positive label"
    return texts, positive.argmax(1)


COLOURS = "red green blue yellow black white grey orange purple brown pink".split()
THINGS = "circle square triangle star ring cross cat dog car house tree boat bird flower cup table".split()
PLACES = ["on a beach", "in the park", "on a table", "at night", "in the snow", "by the sea", "in a kitchen", "on a white background"]


def captions(random, count):
    """Pairs of captions of one picture each, worded differently, [(a, b)]: the general half of CLIP's diet."""
    patterns = ["a photo of a {c} {t} {p}", "{t}, {c}, {p}", "picture of the {c} {t} {p}", "{p}: a {t} painted {c}",
                "{c} {t} {p} - stock image", "a {t} that is {c} {p}", "buy {c} {t} | free shipping", "{t} ({c}) {p}, high resolution"]
    pairs = []
    for _ in range(count):
        words = dict(c=random.choice(COLOURS), t=random.choice(THINGS), p=random.choice(PLACES))
        a, b = random.choice(len(patterns), 2, replace=False)
        pairs.append((patterns[a].format(**words), patterns[b].format(**words)))
    return pairs


# --- Tokenizers: the files that the published encoders have --------------------------------------------------------------------

def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n")


def special_tokens(folder, **tokens):
    write_json(folder / "special_tokens_map.json", tokens)
    return tokens


def make_wordpiece(folder, texts, size):
    tokenizer = BertWordPieceTokenizer(lowercase=True)
    tokenizer.train_from_iterator(texts, vocab_size=size, min_frequency=2, show_progress=False)
    tokenizer.save_model(str(folder))
    tokens = special_tokens(folder, cls_token="[CLS]", mask_token="[MASK]", pad_token="[PAD]", sep_token="[SEP]", unk_token="[UNK]")
    write_json(folder / "tokenizer_config.json", dict(tokens, do_lower_case=True, strip_accents=None, tokenize_chinese_chars=True,
                                                      model_max_length=LONGEST, tokenizer_class="BertTokenizer"))


def make_byte_bpe(folder, texts, size):
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(texts, vocab_size=size - 1, min_frequency=2, special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
                                  show_progress=False)
    tokenizer.add_special_tokens(["<mask>"])
    tokenizer.save_model(str(folder))
    write_json(folder / "vocab.json", dict(sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])))
    tokens = special_tokens(folder, bos_token="<s>", cls_token="<s>", eos_token="</s>", sep_token="</s>", unk_token="<unk>",
                            pad_token="<pad>",
                            mask_token=dict(content="<mask>", lstrip=True, normalized=False, rstrip=False, single_word=False))
    write_json(folder / "tokenizer_config.json", dict(tokens, mask_token="<mask>", add_prefix_space=False, errors="replace",
                                                      trim_offsets=True, model_max_length=LONGEST, tokenizer_class="RobertaTokenizer"))


def make_clip_bpe(folder, texts, size):
    """CLIP's vocabulary in CLIP's order: bytes, bytes that end a word, merges, the two special tokens."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    words = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(words), "removed", invert=True),
                                                       pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=2, end_of_word_suffix="</w>", show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    alphabet = bytes_in_order()
    entries = alphabet + [byte + "</w>" for byte in alphabet] + [a + b for a, b in merges] + ["<|startoftext|>", "<|endoftext|>"]
    write_json(folder / "vocab.json", {entry: number for number, entry in enumerate(entries)})
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    tokens = special_tokens(folder, bos_token="<|startoftext|>", eos_token="<|endoftext|>", unk_token="<|endoftext|>",
                            pad_token="<|endoftext|>")
    write_json(folder / "tokenizer_config.json", dict(tokens, add_prefix_space=False, do_lower_case=True, errors="replace",
                                                      model_max_length=77, tokenizer_class="CLIPTokenizer"))


def bytes_in_order():
    """The characters that stand for bytes in byte-level BPE, in the order of CLIP's vocabulary."""
    plain = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    others = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + i) for i in range(len(others))]


# --- Models --------------------------------------------------------------------------------------------------------------------

class ProjectionHead(nn.Module):
    """CXR-BERT's cls_projection_head."""

    def __init__(self, config):
        super().__init__()
        self.dense_to_hidden = nn.Linear(config.hidden_size, PROJECTION)
        self.LayerNorm = nn.LayerNorm(PROJECTION, eps=1e-12)
        self.dense_to_output = nn.Linear(PROJECTION, PROJECTION)

    def forward(self, x):
        return self.dense_to_output(self.LayerNorm(F.gelu(self.dense_to_hidden(x))))


class CxrBert(BertForMaskedLM):
    def __init__(self, config):
        super().__init__(config)
        self.cls_projection_head = ProjectionHead(config)


def encode(tokenizer, texts, padding=True):
    return tokenizer(list(texts), padding=padding, truncation=True, max_length=tokenizer.model_max_length, return_tensors="pt")


def hidden_tokens(ids, tokenizer, generator):
    """Which tokens are masked: 15 % of those of the text."""
    hidden = torch.rand(ids.shape, generator=generator) < 0.15
    for special in tokenizer.all_special_ids:
        hidden &= ids != special
    return hidden


def together(vectors, labels, temperature=0.1):
    """Supervised contrastive loss (Khosla et al. 2020): vectors of one label near each other."""
    vectors = F.normalize(vectors, dim=1)
    similar = (vectors @ vectors.T / temperature).masked_fill(torch.eye(len(vectors), dtype=bool), -1e4)
    same = (labels[:, None] == labels) & ~torch.eye(len(vectors), dtype=bool)
    return -(F.log_softmax(similar, 1) * same).sum(1).div(same.sum(1).clamp(min=1)).mean()


def train(model, steps, rate, loss_of_step, name):
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    model.train()
    start, mean = time.time(), 0.0
    for step in range(steps):
        loss = loss_of_step(step)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        mean = loss.item() if step == 0 else 0.97 * mean + 0.03 * loss.item()
        if (step + 1) % 100 == 0 or step + 1 == steps:
            print(f"{name} {step + 1}/{steps}: loss {mean:.3f}, {(time.time() - start) / (step + 1):.2f} s/step", flush=True)
    model.eval()


def mask_loss(model, tokenizer, texts, random, generator, batch=48):
    tokens = encode(tokenizer, random.choice(texts, batch))
    hidden = hidden_tokens(tokens.input_ids, tokenizer, generator)
    ids = tokens.input_ids.masked_fill(hidden, tokenizer.mask_token_id)
    states = model.base_model(input_ids=ids, attention_mask=tokens.attention_mask).last_hidden_state[hidden]
    head = model.lm_head if isinstance(model, RobertaForMaskedLM) else model.cls
    return F.cross_entropy(head(states), tokens.input_ids[hidden])


def sources(seed):
    torch.manual_seed(seed)
    return np.random.default_rng(seed), torch.Generator().manual_seed(seed)


def make_bert(folder, texts, labels, steps):
    make_wordpiece(folder, texts, 1100)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    random, generator = sources(1)
    config = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=LONGEST, pad_token_id=tokenizer.pad_token_id, **HIDDEN)
    model = BertForMaskedLM(config)
    train(model, steps, 3e-3, lambda step: mask_loss(model, tokenizer, texts, random, generator), folder.name)
    pooled = BertModel(config)
    pooled.load_state_dict(model.bert.state_dict(), strict=False)  # the pooler stays as it was drawn: nothing trains it
    pooled.half().save_pretrained(folder)


def make_roberta(folder, texts, labels, steps):
    make_byte_bpe(folder, texts, 1300)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    random, generator = sources(2)
    config = RobertaConfig(vocab_size=len(tokenizer), max_position_embeddings=LONGEST + 2, type_vocab_size=1, layer_norm_eps=1e-5,
                           bos_token_id=tokenizer.bos_token_id, pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id,
                           **HIDDEN)
    model = RobertaForMaskedLM(config)
    train(model, steps, 3e-3, lambda step: mask_loss(model, tokenizer, texts, random, generator), folder.name)
    model.half().save_pretrained(folder)


def make_cxr_bert(folder, texts, labels, steps):
    make_wordpiece(folder, texts, 1100)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    random, generator = sources(3)
    config = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=LONGEST, pad_token_id=tokenizer.pad_token_id, **HIDDEN)
    model = CxrBert(config)
    train(model, steps, 2e-3, lambda step: mask_loss(model, tokenizer, texts, random, generator), folder.name)

    def loss(step):
        chosen = random.choice(len(texts), 56)
        tokens = encode(tokenizer, np.asarray(texts)[chosen])
        first = model.bert(**tokens).last_hidden_state[:, 0]
        positive = torch.from_numpy(labels[chosen])
        contrast = together(first, positive) + together(model.cls_projection_head(first), positive)
        return contrast + 0.3 * mask_loss(model, tokenizer, texts, random, generator, 16)

    train(model, steps, 1e-3, loss, folder.name)
    weights = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    del weights["cls.predictions.decoder.weight"]  # the word embeddings
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "config.json", dict(config.to_diff_dict(), architectures=["CXRBertModel"], model_type="cxr-bert",
                                            projection_size=PROJECTION, dtype="float16"))


def make_clip(folder, texts, labels, steps):
    random, _ = sources(4)
    pairs = captions(random, 4000)
    make_clip_bpe(folder, texts + [caption for pair in pairs for caption in pair], 1000)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    # As in the published folders, the configuration's special ids are not the vocabulary's: with 2 the largest id ends the text.
    config = CLIPTextConfig(vocab_size=len(tokenizer), max_position_embeddings=77, hidden_act="quick_gelu", projection_dim=64,
                            bos_token_id=0, pad_token_id=1, eos_token_id=2, **HIDDEN)
    model = CLIPTextModelWithProjection(config)

    def halves(text):
        """Two samples of a report's words, in order."""
        words = np.asarray(text.split())
        return [" ".join(words[np.sort(random.permutation(len(words))[: max(2, int(0.6 * len(words)))])]) for _ in range(2)]

    def loss(step):
        chosen = [pairs[i] for i in random.choice(len(pairs), 24)] + [halves(texts[i]) for i in random.choice(len(texts), 32)]
        both = [model(**encode(tokenizer, side)).text_embeds for side in zip(*chosen)]
        similar = F.normalize(both[0], dim=1) @ F.normalize(both[1], dim=1).T / 0.07
        return (F.cross_entropy(similar, torch.arange(len(chosen))) + F.cross_entropy(similar.T, torch.arange(len(chosen)))) / 2

    train(model, steps, 2e-3, loss, folder.name)
    model.half().save_pretrained(folder)


# --- What they reach -----------------------------------------------------------------------------------------------------------

def load(folder):
    kind = json.loads((folder / "config.json").read_text())["model_type"]
    if kind == "cxr-bert":
        model = CxrBert(BertConfig(**{k: v for k, v in json.loads((folder / "config.json").read_text()).items() if k != "model_type"}))
        model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
        model.tie_weights()
    else:
        model = dict(bert=BertModel, roberta=RobertaForMaskedLM, clip_text_model=CLIPTextModelWithProjection)[kind].from_pretrained(folder)
    return model.float().eval(), AutoTokenizer.from_pretrained(folder)


def embed(folder, texts):
    """{extraction: float32 [N,D]}, as the study names extractions."""
    model, tokenizer = load(folder)
    parts = []
    for begin in range(0, len(texts), 50):
        tokens = encode(tokenizer, texts[begin : begin + 50], "max_length" if "clip" in model.config.model_type else True)
        with torch.no_grad():
            if isinstance(model, CLIPTextModelWithProjection):
                out = model.text_model(**tokens)
                part = dict(pooler=out.pooler_output, specific=model.text_projection(out.pooler_output))
            else:
                out = getattr(model, "bert", getattr(model, "roberta", model))(**tokens)
                part = dict(pooler=out.pooler_output) if isinstance(model, BertModel) else {}
                if isinstance(model, CxrBert):
                    part["specific"] = F.normalize(model.cls_projection_head(out.last_hidden_state[:, 0]), dim=1)
        weight = tokens.attention_mask[..., None].float()
        part["cls"] = out.last_hidden_state[:, 0]
        part["mean"] = (out.last_hidden_state * weight).sum(1) / weight.sum(1)
        parts.append(part)
    return {name: torch.cat([part[name] for part in parts]).numpy() for name in parts[0]}


def chexpert_at_10(vectors, labels):
    """Macro average in per cent; dot products, a report is no neighbour of its own, ties by number."""
    similar = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    np.fill_diagonal(similar, -np.inf)
    nearest = np.argsort(-similar, axis=1, kind="stable")[:, :10]
    hits = (labels[nearest] == labels[:, None]).mean(1)
    return 100 * np.mean([hits[labels == label].mean() for label in range(LABELS)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", required=True, help="a text set of phantoms' reports")
    parser.add_argument("--test", required=True, help="one of another seed")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--only", nargs="+", default=list(STEPS), choices=list(STEPS))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    texts, labels = read_texts(arguments.train)
    unseen, wanted = read_texts(arguments.test)
    makers = {"bert": make_bert, "roberta": make_roberta, "cxr-bert": make_cxr_bert, "clip": make_clip}
    for name in arguments.only:
        folder = arguments.out / name
        if not (folder / "model.safetensors").exists():
            folder.mkdir(parents=True, exist_ok=True)
            makers[name](folder, texts, labels, STEPS[name])
        scores = {extraction: chexpert_at_10(vectors, wanted) for extraction, vectors in embed(folder, unseen).items()}
        size = sum(file.stat().st_size for file in folder.iterdir())
        parameters = sum(value.numel() for value in load_file(folder / "model.safetensors").values())
        columns = [f"{scores[e]:.1f}" if e in scores else "None" for e in ("cls", "mean", "pooler", "specific")]
        print(f"| `{name}/` | {parameters} | {size} | " + " | ".join(columns) + " |", flush=True)


if __name__ == "__main__":
    main()
