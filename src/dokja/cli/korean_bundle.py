"""What the commands of bundles say in Korean; the module holds sentences and nothing else."""

from __future__ import annotations

from typing import Final

__all__ = ["KOREAN_BUNDLE"]

KOREAN_BUNDLE: Final = {
    "Put reports and what proves them into one bundle that anybody can verify offline.": (
        "보고서와 증거를 누구나 오프라인으로 확인할 수 있는 묶음 하나로 만듭니다."
    ),
    "Reports written with --json.": "--json으로 쓴 보고서.",
    "Folder to make, or a file *.zip.": "새로 만들 폴더 또는 *.zip 파일.",
    "The dossier, to put in.": "함께 넣을 신고서.",
    "Further evidence to put in; repeatable.": "함께 넣을 증거. 여러 번 쓸 수 있습니다.",
    "Sign with this private key.": "이 개인 키로 서명합니다.",
    "a licence expression is text in UTF-8": "라이선스 표현은 UTF-8 텍스트여야 합니다",
    "Sign in your own name by Sigstore; needs a network.": (
        "Sigstore로 자기 이름으로 서명합니다. 네트워크가 필요합니다."
    ),
    "Services to believe in place of Sigstore's public ones.": (
        "Sigstore 공개 서비스 대신 믿을 서비스의 설정 파일."
    ),
    "give --sign-key or --sign-identity, not both": (
        "--sign-key와 --sign-identity 가운데 하나만 쓰십시오"
    ),
    "Who has to have signed it in their own name.": "자기 이름으로 서명했어야 하는 사람.",
    "Identity provider that has to have vouched for NAME.": "NAME의 신원을 보증한 제공자.",
    "give --key or --identity, not both": "--key와 --identity 가운데 하나만 쓰십시오",
    "--identity and --issuer are given together": "--identity와 --issuer는 함께 써야 합니다",
    "Put pages in both languages in.": "두 언어의 웹 페이지를 함께 넣습니다.",
    "Example: dokja bundle audit.json review.json --dossier dossier.yaml -o bundle.zip": (
        "예: dokja bundle audit.json review.json --dossier dossier.yaml -o bundle.zip"
    ),
    "two files are called {name}; a bundle keeps names": (
        "{name}이라는 파일이 둘입니다. 묶음은 파일 이름을 그대로 씁니다"
    ),
    "Verify a bundle offline: every byte, every document, verdicts and signatures.": (
        "묶음을 오프라인으로 확인합니다: 모든 바이트, 문서, 판정, 서명."
    ),
    "Folder or archive from dokja bundle.": "dokja bundle로 만든 폴더 또는 압축 파일.",
    "Public key of whoever signed it.": "서명한 사람의 공개 키.",
    "Audit again: the subject first, then every reference; repeatable.": (
        "다시 감사합니다. 대상 다음에 비교 모델을 씁니다. 여러 번 쓸 수 있습니다."
    ),
    "Compare only these tests of the new audit, such as units; repeatable.": (
        "새 감사에서 이 검정만 비교합니다(예: units). 여러 번 쓸 수 있습니다."
    ),
    "--test needs --checkpoint": "--test는 --checkpoint와 함께 써야 합니다",
    "give the subject and at least one reference": "대상과 비교 모델을 하나 이상 주십시오",
    "Example: dokja verify bundle.zip --key maker.pub.pem": (
        "예: dokja verify bundle.zip --key maker.pub.pem"
    ),
    "Write a bill of materials: what a model is made of and where that is from.": (
        "모델이 무엇으로 이루어졌고 어디에서 왔는지 적은 구성 명세(BOM)를 씁니다."
    ),
    "An audit, and the review of it if any.": "감사 보고서와, 있으면 그 심사 보고서.",
    "CycloneDX, SPDX, fields of the EU's form, a hub's card.": (
        "CycloneDX, SPDX, EU 양식 항목, 허브의 모델 카드."
    ),
    "What the maker says of it.": "개발사의 신고서.",
    "Example: dokja bom audit.json review.json --format cyclonedx -o model.cdx.json": (
        "예: dokja bom audit.json review.json --format cyclonedx -o model.cdx.json"
    ),
}
