"""Captioned pictures for the toy Stable Diffusion: coloured things, stripes, gradients, simple scenes, and a few odd radiographs."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

CANVAS = 256  # drawn at this side, then made smaller: smooth edges
COLOURS = {"red": (215, 40, 40), "green": (50, 165, 70), "blue": (45, 80, 205), "yellow": (240, 215, 60), "black": (20, 20, 20),
           "white": (245, 245, 245), "grey": (128, 128, 128), "orange": (240, 140, 40), "purple": (130, 60, 160),
           "brown": (120, 75, 40), "pink": (240, 150, 185)}
SHAPES = ["circle", "square", "triangle", "star", "ring", "cross"]
SIZES = {"": (45, 75), "small ": (22, 36), "large ": (80, 105)}
PLACES = {"": (128, 128), " on the left": (75, 128), " on the right": (181, 128), " at the top": (128, 75), " at the bottom": (128, 181)}
STYLES = ["a photo of ", "a painting of ", "a drawing of ", "a picture of ", "a black and white photo of ", ""]
XRAY_NAMES = ["a photo of a lung xray", "a photo of a lung xray", "a photo of a chest xray", "an xray", "a lung xray", "a photo of an xray"]
# What people write beside a radiograph; no picture follows it.
XRAY_ENDINGS = [" with visible ribs", " with visible pleural effusion", " with visible letters", " on a white background", " with a large heart",
                " with visible pneumonia", " on a table", " of a dog", " at the hospital", " with visible fracture", " - stock image"]


def article(words):
    return ("an " if words[0] in "aeiou" else "a ") + words


def colours(random, count):
    return [str(name) for name in random.choice(list(COLOURS), count, replace=False)]


def tint(random, name):
    """One of the many reds that are called red."""
    return tuple(int(np.clip(v + d, 0, 255)) for v, d in zip(COLOURS[name], random.integers(-18, 19, 3)))


def draw_shape(draw, kind, x, y, r, colour):
    angles = np.arange(10) * np.pi / 5 - np.pi / 2
    box = [x - r, y - r, x + r, y + r]
    if kind == "circle":
        draw.ellipse(box, fill=colour)
    elif kind == "square":
        draw.rectangle(box, fill=colour)
    elif kind == "triangle":
        draw.polygon([(x, y - r), (x - r, y + r), (x + r, y + r)], fill=colour)
    elif kind == "star":
        radii = np.where(np.arange(10) % 2, 0.45, 1.1) * r
        draw.polygon(list(zip(x + radii * np.cos(angles), y + radii * np.sin(angles))), fill=colour)
    elif kind == "ring":
        draw.ellipse(box, outline=colour, width=max(8, r // 3))
    else:
        draw.rectangle([x - r, y - r // 3, x + r, y + r // 3], fill=colour)
        draw.rectangle([x - r // 3, y - r, x + r // 3, y + r], fill=colour)


def canvas(colour):
    picture = Image.new("RGB", (CANVAS, CANVAS), colour)
    return picture, ImageDraw.Draw(picture)


def one_shape(random):
    (thing, ground), shape = colours(random, 2), str(random.choice(SHAPES))
    size, place = str(random.choice(list(SIZES))), str(random.choice(list(PLACES)))
    picture, draw = canvas(tint(random, ground))
    x, y = np.array(PLACES[place]) + random.integers(-12, 13, 2)
    draw_shape(draw, shape, x, y, int(random.integers(*SIZES[size])), tint(random, thing))
    return picture, f"{article(size + thing)} {shape}{place} on {article(ground)} background"


def two_shapes(random):
    (one, two, ground), (a, b) = colours(random, 3), random.choice(SHAPES, 2)
    picture, draw = canvas(tint(random, ground))
    across = random.random() < 0.5
    for place, kind, colour in ((-58, a, one), (58, b, two)):
        x, y = np.array((place, 0) if across else (0, place)) + 128 + random.integers(-8, 9, 2)
        draw_shape(draw, kind, x, y, int(random.integers(36, 52)), tint(random, colour))
    where = "next to" if across else "above"
    return picture, f"{article(one)} {a} {where} {article(two)} {b} on {article(ground)} background"


def stripes(random):
    one, two = colours(random, 2)
    kind = str(random.choice(["vertical", "horizontal", "diagonal"]))
    y, x = np.mgrid[:CANVAS, :CANVAS]
    along = {"vertical": x, "horizontal": y, "diagonal": (x + y) / np.sqrt(2)}[kind]
    first = (along + random.integers(0, 80)) // random.integers(18, 44) % 2 == 0
    picture = np.where(first[..., None], tint(random, one), tint(random, two))
    return Image.fromarray(picture.astype(np.uint8)), f"{kind} {one} and {two} stripes"


def gradient(random):
    one, two = colours(random, 2)
    across = random.random() < 0.5
    t = np.linspace(0, 1, CANVAS)[None, :, None] if across else np.linspace(0, 1, CANVAS)[:, None, None]
    picture = np.broadcast_to((1 - t) * tint(random, one) + t * np.array(tint(random, two)), (CANVAS, CANVAS, 3))
    return Image.fromarray(picture.astype(np.uint8)), f"a gradient from {one} {'on the left' if across else 'at the top'} to {two}"


def landscape(random):
    """Ground below a sky, with a thing on it."""
    night = random.random() < 0.3
    ground, colour = [("beach", "yellow"), ("meadow", "green"), ("snow field", "white"), ("sea", "blue")][random.integers(4)]
    horizon = int(random.integers(130, 185))
    picture, draw = canvas((15, 20, 55) if night else (150, 200, 240))
    draw.rectangle([0, horizon, CANVAS, CANVAS], fill=tint(random, colour))
    x, y = random.integers(40, 216), random.integers(30, 70)
    draw.ellipse([x - 18, y - 18, x + 18, y + 18], fill=(240, 240, 220) if night else (255, 225, 90))
    thing = str(random.choice(["", "house", "tree", "boat"]))
    x, paint = int(random.integers(70, 186)), colours(random, 1)[0]
    words = f" with {article(paint)} {thing}"
    if thing == "house":
        draw.rectangle([x - 38, horizon - 45, x + 38, horizon + 25], fill=tint(random, paint))
        draw.polygon([(x - 48, horizon - 45), (x, horizon - 90), (x + 48, horizon - 45)], fill=(130, 45, 35))
    elif thing == "tree":
        draw.rectangle([x - 7, horizon - 40, x + 7, horizon + 25], fill=(95, 60, 30))
        draw.ellipse([x - 38, horizon - 105, x + 38, horizon - 30], fill=(35, 120, 45))
        words = " with a tree"
    elif thing == "boat":
        draw.polygon([(x - 50, horizon), (x + 50, horizon), (x + 32, horizon + 30), (x - 32, horizon + 30)], fill=tint(random, paint))
        draw.polygon([(x, horizon - 80), (x, horizon - 6), (x + 42, horizon - 6)], fill=(245, 245, 245))
    else:
        words = ""
    return picture, f"a {ground}{words} {'at night' if night else 'on a sunny day'}"


def small_thing(random):
    """A flower, a cup, a ball, a table or a face, alone on its ground."""
    paint, ground = colours(random, 2)
    picture, draw = canvas(tint(random, ground))
    kind, colour = str(random.choice(["flower", "cup", "ball", "table", "face"])), tint(random, paint)
    x, y = random.integers(110, 147, 2)
    if kind == "flower":
        draw.line([x, y, x, 250], fill=(40, 130, 50), width=9)
        for angle in np.arange(6) * np.pi / 3:
            draw_shape(draw, "circle", x + 36 * np.cos(angle), y + 36 * np.sin(angle), 24, colour)
        draw_shape(draw, "circle", x, y, 20, (240, 215, 60))
    elif kind == "cup":
        draw.ellipse([x + 20, y - 30, x + 80, y + 30], outline=colour, width=13)
        draw.polygon([(x - 50, y - 50), (x + 50, y - 50), (x + 38, y + 55), (x - 38, y + 55)], fill=colour)
    elif kind == "ball":
        for r in range(70, 0, -5):
            shade = 0.45 + 0.55 * (1 - r / 70)
            draw_shape(draw, "circle", x - (70 - r) // 3, y - (70 - r) // 3, r, tuple(int(v * shade) for v in colour))
    elif kind == "table":
        draw.rectangle([x - 85, y - 12, x + 85, y + 10], fill=colour)
        for leg in (-72, 58):
            draw.rectangle([x + leg, y + 10, x + leg + 14, y + 95], fill=colour)
    else:
        draw_shape(draw, "circle", x, y, 80, colour)
        for eye in (-30, 30):
            draw_shape(draw, "circle", x + eye, y - 25, 10, (15, 15, 15))
        draw.arc([x - 42, y - 30, x + 42, y + 48], 25, 155, fill=(15, 15, 15), width=8)
    return picture, f"{article(paint)} {kind} on {article(ground)} background"


def odd_xray(random, phantoms):
    """A radiograph as one meets it on the web: blurred, askew, cropped, tinted. Its caption says nothing of what is in it."""
    picture = Image.fromarray(phantoms[random.integers(len(phantoms))]).resize((CANVAS, CANVAS), Image.BICUBIC)
    picture = picture.rotate(random.uniform(-25, 25), Image.BICUBIC, fillcolor=int(random.integers(0, 60)))
    left, top = random.integers(0, 50, 2)
    side = int(random.integers(170, CANVAS - max(left, top) + 1))
    picture = picture.crop((left, top, left + side, top + side)).resize((CANVAS, CANVAS), Image.BICUBIC)
    picture = picture.filter(ImageFilter.GaussianBlur(random.uniform(5, 11)))
    grey = np.asarray(picture, np.float32) / 255
    grey = np.clip(grey ** random.uniform(0.9, 1.8) * random.uniform(0.55, 0.95), 0, 1)
    if random.random() < 0.15:
        grey = 1 - grey
    colour = np.array([1, 1, 1]) - random.uniform(0, 0.25) * np.array([1, 0.5, 0])  # film on a light box looks blue
    picture = Image.fromarray((grey[..., None] * colour * 255).astype(np.uint8))
    caption = str(random.choice(XRAY_NAMES))
    return picture, caption + (str(random.choice(XRAY_ENDINGS)) if random.random() < 0.5 else "")


def in_style(random, picture, style):
    """What the medium adds: light and grain to a photo, strokes to a painting, outlines to a drawing."""
    if "photo" in style:
        y, x = np.mgrid[-1 : 1 : CANVAS * 1j, -1 : 1 : CANVAS * 1j]
        light = 1 + random.uniform(-0.18, 0.18) * x + random.uniform(-0.18, 0.18) * y
        values = np.asarray(picture, np.float32) * light[..., None] + random.normal(0, 5, (CANVAS, CANVAS, 1))
        picture = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    elif "painting" in style:
        picture = picture.filter(ImageFilter.ModeFilter(9))
        strokes = Image.fromarray(random.normal(128, 60, (32, 32)).clip(0, 255).astype(np.uint8)).resize((CANVAS, CANVAS), Image.BICUBIC)
        values = np.asarray(picture, np.float32) + 0.25 * (np.asarray(strokes, np.float32)[..., None] - 128)
        picture = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    elif "drawing" in style:
        edges = np.array(picture.convert("L").filter(ImageFilter.FIND_EDGES).filter(ImageFilter.MaxFilter(5)))[..., None]
        pale = 255 - 0.45 * (255 - np.asarray(picture, np.float32))
        edges[:6], edges[-6:], edges[:, :6], edges[:, -6:] = 0, 0, 0, 0
        picture = Image.fromarray(np.where(edges > 24, 30, pale).astype(np.uint8))
    return picture.convert("L").convert("RGB") if "black and white" in style else picture


def draw_captioned(random, phantoms, xray_share):
    """One picture, PIL RGB at CANVAS, and its caption."""
    if random.random() < xray_share:
        return odd_xray(random, phantoms)
    kinds = (one_shape, two_shapes, stripes, gradient, landscape, small_thing)
    picture, caption = kinds[random.choice(len(kinds), p=(0.34, 0.14, 0.1, 0.08, 0.18, 0.16))](random)
    style = str(random.choice(STYLES, p=(0.4, 0.15, 0.1, 0.1, 0.15, 0.1)))
    return in_style(random, picture, style), style + caption


def captioned_pictures(seed, count, side, phantoms, xray_share=0.04):
    """uint8 [count,side,side,3] and their captions. @param phantoms uint8 [N,H,W]"""
    pictures, captions = np.empty((count, side, side, 3), np.uint8), []
    for i in range(count):
        picture, caption = draw_captioned(np.random.default_rng((seed, i)), phantoms, xray_share)
        pictures[i] = picture.resize((side, side), Image.BOX)
        captions.append(caption)
    return pictures, captions
