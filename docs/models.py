"""Prints the table of docs/results/models.md: what the cards of the shipped models say.

python docs/models.py
"""

from keras_restore.inference import read_card, shipped_models


def main():
    print("| model | protocol | PSNR | SSIM | degraded | paper | difference |")
    print("|---|---|---|---|---|---|---|")
    for name, folder in shipped_models().items():
        card = read_card(folder)
        for protocol, score in card.scores.items():
            paper = card.paper.get(protocol, {}).get("psnr")
            beside = f"{paper:.2f} | {score['psnr'] - paper:+.2f}" if paper else " | "
            print(
                f"| {name} | {protocol} | {score['psnr']:.2f} | {score['ssim']:.4f} | "
                f"{score['psnr_degraded']:.2f} | {beside} |"
            )


if __name__ == "__main__":
    main()
