#!/usr/bin/env python3
"""Writes prompts.txt, the demo's stand-in for LAION-400M: captions of pictures such as the toy Stable Diffusion was trained on, each once.

    python3 models/toy/make_toy_prompts.py > models/toy/prompts.txt
"""

import numpy as np

from toy_pictures import draw_captioned

COUNT, SEED, XRAY_SHARE = 600, 400, 0.04  # the share of make_toy_diffusion.py


def main():
    phantoms = np.zeros((1, 8, 8), np.uint8)  # only captions are kept
    captions, i = {}, 0
    while len(captions) < COUNT:
        captions[draw_captioned(np.random.default_rng((SEED, i)), phantoms, XRAY_SHARE)[1]] = None
        i += 1
    print("\n".join(captions))


if __name__ == "__main__":
    main()
