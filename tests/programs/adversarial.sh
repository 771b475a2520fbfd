#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: train sample
# seconds: 120
## \file  Adversarial score matching in the programs: both networks in one checkpoint, what is logged, resuming bit by bit, collapses, bad options.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"

score=("${tiny[@]}" --model ncsnv2 --parametrisation noise --features 4)
pair=("${score[@]}" --adversarial LSGAN --discriminator-features 2)

expect 'a score is trained against a discriminator' accepts train --out whole "${pair[@]}" --steps 6 --sample-every 3 --sample-count 2 \
    --sample-steps 1
expect 'with a picture of samples' there whole/samples/step-6.png whole/weights.safetensors
field() { grep '"loss"' "$1/metrics.jsonl" | head -1 | grep -qE "\"$2\":-?[0-9]"; }
for name in denoising_loss fooling_loss gradient_norm discriminator_loss discriminator_gradient_norm discriminator_of_real discriminator_of_fake; do
    expect "$name is logged" field whole "$name"
done
sums() { jq -se '[.[] | select(.loss) | (.loss - .denoising_loss - .fooling_loss) / .loss | fabs < 1e-5] | length == 6 and all' whole/metrics.jsonl; }
expect 'the loss is that of denoising and that of the other' sums
names() { head -c "$((8 + $(head -c 8 "$1" | od -An -tu8)))" "$1" | tail -c +9 | jq -r 'keys[]'; }
parts() { names "$1" | sed -E 's/[./].*//' | sort -u | tr '\n' ' '; }
expect 'both networks, their optimizers and the average are in one checkpoint' \
    test "$(parts whole/checkpoints/last.safetensors)" = '__metadata__ discriminator ema model optimizer rng seconds step '
expect 'of the discriminator its network and its optimizer' \
    test "$(names whole/checkpoints/last.safetensors | sed -nE 's/^discriminator\.([a-z]*).*/\1/p' | sort -u | tr '\n' ' ')" = 'network optimizer '
expect 'with the vectors of its spectral norms' bash -c "$(declare -f names); names whole/checkpoints/last.safetensors | grep -q 'linear.u'"
given train --out plain "${score[@]}" --steps 6
expect 'the weights hold the score alone' same <(names whole/weights.safetensors) <(names plain/weights.safetensors)
about() { head -c 20000 "$1" | tail -c +9 | head -c "$(head -c 8 "$1" | od -An -tu8)" | jq -r ".__metadata__.config | fromjson | $2"; }
expect 'and say how it was trained' \
    test "$(about whole/weights.safetensors .adversarial) $(about plain/weights.safetensors .adversarial)" = 'LSGAN none'
settings() { jq -e "[.rate, .beta1, .beta2, $2] == $3" "$1/config.json"; }
discriminators='."adversarial-weight", ."discriminator-rate", ."discriminator-beta1", ."discriminator-beta2", ."discriminator-steps", ."clamp-fakes"'
expect 'the defaults are those of the published code' \
    settings whole "$discriminators, .\"legacy-fake\"" '[0.0001, 0, 0.9, 1, 0.0001, -0.5, 0.9, 1, true, false]'
expect 'and without a discriminator as ever' settings plain .adversarial '[0.001, 0.9, 0.999, "none"]'
expect 'samples are drawn from it' accepts sample --weights whole --out drawn --count 2 --steps-per-level 1
expect 'and by consistent sampling' accepts sample --weights whole/weights.safetensors --out consistent --sampler cas --count 2

given train --out parts "${pair[@]}" --steps 6 --sample-every 3 --sample-count 2 --sample-steps 1 --time-limit 1e-9
expect 'a run that was stopped resumes' accepts train --out parts --resume --time-limit 0
expect 'and gives the same weights, bit by bit' same parts/weights.safetensors whole/weights.safetensors
given train --out short "${pair[@]}" --discriminator-steps 2 --steps 3
given train --out short --resume --steps 6
given train --out long "${pair[@]}" --discriminator-steps 2 --steps 6
expect 'a finished run made longer ends where one in one go does' same short/weights.safetensors long/weights.safetensors
losses() { jq -c 'select(.loss) | [.step, .loss, .discriminator_loss, .discriminator_gradient_norm]' "$1/metrics.jsonl"; }
expect 'with the same losses of both networks' same <(losses short) <(losses long)
expect 'two turns of the discriminator make another score' bash -c '! cmp -s long/weights.safetensors whole/weights.safetensors'

# A score that is not judged begins as one that has no discriminator, with the same weights and no step made.
given train --out judged "${pair[@]}" --steps 3 --time-limit 1e-9
given train --out alone "${score[@]}" --rate 1e-4 --beta1 0 --beta2 0.9 --steps 3 --time-limit 1e-9
expect 'both begin with the same score' accepts sample --weights judged --out judged/drawn --count 1 --steps-per-level 1
given sample --weights alone --out alone/drawn --count 1 --steps-per-level 1
expect 'bit by bit' same judged/drawn/samples.npy alone/drawn/samples.npy
given train --out two "${pair[@]}" --steps 2
another() { ! cmp -s <(tail -c 4000 "$1/weights.safetensors") <(tail -c 4000 two/weights.safetensors); }
given train --out again "${pair[@]}" --steps 2
expect 'the same training again is the same' bash -c "$(declare -f another); ! another again"
for loss in GAN WGAN HingeGAN RpGAN RaGAN lsgan_sat RpLSGAN RaLSGAN RaHingeGAN; do
    expect "$loss is trained with" accepts train --out "$loss" "${pair[@]}" --adversarial "$loss" --steps 2
    expect 'and is another training' another "$loss"
done
for model in refinenet baseline unet; do
    expect "so it is with $model" accepts train --out "$model" "${pair[@]}" --model "$model" --features 8 --steps 2
    expect 'which goes on' accepts train --out "$model" --resume --steps 3
done
for option in --no-clamp-fakes --legacy-fake '--adversarial-weight 3' '--discriminator-features 3'; do
    given train --out other "${pair[@]}" --steps 2 --force $option
    expect "$option makes another score" another other
done

expect 'a discriminator without bound ends the run' \
    refuses train --out explosion "${pair[@]}" --adversarial WGAN --discriminator-rate 1e30 --steps 400
expect 'by name' says 'the discriminator'
expect 'with the last good checkpoint' says 'explosion/checkpoints/last.safetensors'
expect 'and so does a score' refuses train --out burst "${pair[@]}" --rate 1e30 --steps 400
expect 'by name' says 'the score'
expect 'with the last good checkpoint' says 'burst/checkpoints/last.safetensors'

expect 'another loss is refused' refuses train --out no "${pair[@]}" --adversarial DCGAN
expect 'with those that there are' says 'GAN, WGAN, HingeGAN, RpGAN, RaGAN, LSGAN, LSGAN_sat, RpLSGAN, RaLSGAN, RaHingeGAN are known'
expect 'another objective is refused' refuses train --out no "${pair[@]}" --objective ssm
expect 'with the one that there is' says '--objective dsm with --power 2'
expect 'as are other weights' refuses train --out no "${pair[@]}" --power 1
expect 'an energy has no discriminator' refuses train --out no --adversarial LSGAN --model recovery --data mnist --data-dir digits --features 4 \
    --blocks 1 --batch 4 --steps 1
expect 'by name' says 'the score learns by denoising'
expect 'parts of a batch are refused to a loss that looks at its means' refuses train --out no "${pair[@]}" --adversarial RaGAN --micro-batches 2
expect 'by name' says 'leave --micro-batches out'
given train --out inParts "${pair[@]}" --steps 4 --micro-batches 2
numbers() {
    jq -c 'select(.loss) | [.loss, .denoising_loss, .fooling_loss, .gradient_norm, .discriminator_loss, .discriminator_of_real]' "$1/metrics.jsonl"
}
close() {
    jq -se '[range(0; 4) as $i | range(0; 6) as $k | (.[$i][$k] - .[$i + 4][$k]) / (1 + (.[$i][$k] | fabs)) | fabs] | length == 24 and max < 1e-4' \
        <(numbers "$1") <(numbers "$2")
}
given train --out inOne "${pair[@]}" --steps 4
expect 'the others give the same numbers in parts' close inParts inOne
for option in '--discriminator-features 0' '--discriminator-features 10000' '--discriminator-steps 0' '--discriminator-rate -1' \
              '--discriminator-rate nan' '--discriminator-beta1 -1' '--discriminator-beta2 1' '--adversarial-weight -1' '--adversarial-weight inf'; do
    read -r name value <<< "$option"
    expect "$option is refused" refuses train --out no "${pair[@]/--discriminator-features/--seed}" "$name" "$value" --steps 1
done
expect 'the loss of a run is kept' refuses train --out whole --resume --steps 7 --adversarial WGAN
expect 'by name' says 'the run was started with "LSGAN"'
expect 'a run without one gets none' refuses train --out plain --resume --steps 7 --adversarial LSGAN
expect 'nothing was made' absent no

exit $((failures > 0))
