#!/bin/bash
# `cxr verify` as a user types it: what agrees, and each kind of file with one byte changed.
#   verify_test.sh whole|damaged CXR MODELS MPIEXEC NUMPROC_FLAG
. "$(dirname "$0")/expectations.sh"

# A set, texts, a run and a training that reads both.
make_everything() {
  cp -r "$models" models
  expect 0 "$cxr" prep phantom --n 4 --size 64 --seed 3 --threads 1 --out images.h5
  expect 0 "$cxr" prep phantom --reports --per-class 2 --seed 3 --threads 1 --out reports.h5
  expect 0 "$cxr" reconstruct --model models --images images.h5 --threads 1 --out reconstructed
  expect 0 "$cxr" train projection --encoder models/cxr-bert --clip models --prompts reports.h5 --batch-size 4 --steps 4 --checkpoint-every 2 \
    --threads 1 --out trained
}

# Changes a byte of a file, at a share of its length.
damage() { # FILE PERCENT
  local at=$(($(stat -c %s "$1") * $2 / 100))
  local byte
  byte=$((0x$(od -An -tx1 -j $at -N 1 "$1" | tr -d " ") ^ 1))
  printf "\\x$(printf %02x $byte)" | dd of="$1" bs=1 seek=$at conv=notrunc status=none
}

# damaged FILE PERCENT PATTERN PATH...: with the byte changed, verify says so and ends with 1; then the byte is put back.
damaged() {
  local file=$1 percent=$2 pattern=$3
  shift 3
  damage "$file" "$percent"
  expect 1 "$cxr" verify "$@"
  grep -q -e "$pattern" stdout || fail "'$pattern' is not said of $file: $(cat stdout)"
  damage "$file" "$percent"
}

make_everything
case $case in
  whole)
    expect 0 "$cxr" verify models images.h5 reports.h5 reconstructed trained
    grep -q "files agree with what was recorded$" stdout || fail "not all agree: $(cat stdout)"
    (cd models/vae && sha256sum --quiet -c SHA256SUMS) || fail "sha256sum disagrees with the list"
    expect 0 "$cxr" verify . && grep -q "agree" stdout || fail "a folder that holds everything: $(cat stdout)"
    mv images.h5 moved.h5
    expect 0 "$cxr" verify reconstructed
    grep -q "^not compared: reconstructed/config.toml: inputs.images: images.h5 is not there" stdout || fail "a gone input: $(cat stdout)"
    expect 0 "$cxr" prep phantom --n 4 --size 64 --seed 4 --threads 1 --out images.h5
    expect 1 "$cxr" verify reconstructed
    grep -q "^images.h5: images: expected [0-9a-f]*, as reconstructed/config.toml records, found" stdout || fail "another set: $(cat stdout)"
    refused "nowhere: expected a file or folder, found neither" verify nowhere
    ;;
  damaged)
    damaged models/unet/diffusion_pytorch_model.safetensors 60 "^models/unet/diffusion_pytorch_model.safetensors: SHA-256: expected" models
    damaged models/bert/config.json 50 "^models/bert/config.json: SHA-256: expected" models/bert
    damaged images.h5 50 "^images.h5: images: expected" images.h5
    damaged reports.h5 50 "^reports.h5: .*expected" reports.h5
    damaged reconstructed/results.h5 50 "^reconstructed/results.h5: images: expected" reconstructed
    damaged trained/projection.safetensors 60 "^trained/projection.safetensors: SHA-256: expected" trained
    damaged trained/checkpoints/step-00000004/rank-0000.safetensors 60 "^trained/checkpoints/step-00000004: expected" trained
    damaged trained/checkpoints/step-00000004/manifest.json 50 "^trained/checkpoints/step-00000004: expected" trained
    damaged trained/loss.csv 70 "^trained/loss.csv: steps 1 to 4: expected the lines that were written" trained
    rm models/vae/config.json
    expect 1 "$cxr" verify models
    grep -q "^models/vae/config.json: expected a file, as in models/vae/SHA256SUMS, found none" stdout || fail "a file that is gone: $(cat stdout)"
    # What a later run reads is compared by itself.
    damage models/cxr-bert/model.safetensors 60
    touch -d "1 hour ago" models/cxr-bert/model.safetensors
    refused "models/cxr-bert/model.safetensors: SHA-256: expected" embed --encoder models/cxr-bert --reports reports.h5 --threads 1 --out embedded
    touch -d "next hour" models/cxr-bert/model.safetensors # as one who replaced it would have
    expect 0 "$cxr" embed --encoder models/cxr-bert --reports reports.h5 --threads 1 --out embedded
    grep -q "warning: models/cxr-bert/model.safetensors: SHA-256: expected" stderr || fail "a replaced file is read without a word"
    ;;
esac
exit $((failures > 0))
