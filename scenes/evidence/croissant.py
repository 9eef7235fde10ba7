"""The data set of a document as a list of pictures in Croissant 1.0, which catalogues read."""

from collections.abc import Mapping
from typing import Any

from scenes.evidence import layout
from scenes.evidence.sources import Sources


def encode_croissant(sources: Sources, files: Mapping[str, bytes]) -> bytes:
    """Return the data set as a list of pictures (Croissant 1.0)."""
    data = sources.dataset
    fields = {
        "split": "Part of the data set: train, val or test",
        "path": "Of the picture, in the folder of the data set",
        "class": "What it shows",
        "sha256": "Of the file",
    }
    told = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": "".join(one if one.isalnum() else "-" for one in data.name) or "pictures",
        "description": (
            f"Pictures of {len(data.classes)} classes on which “{sources.title}” rests. The "
            "pictures themselves are not part of it: each is known by its hash."
        ),
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "datePublished": sources.date,
        "version": f"1.0.0+{data.fingerprint_of(*sources.splits)[:12]}",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": layout.LIST,
                "name": layout.LIST,
                "contentUrl": layout.LIST,
                "encodingFormat": "text/csv",
                "sha256": layout.digest(files[layout.LIST]),
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "pictures",
                "name": "pictures",
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": f"pictures/{name}",
                        "name": name,
                        "description": text,
                        "dataType": "sc:Text",
                        "source": {
                            "fileObject": {"@id": layout.LIST},
                            "extract": {"column": name},
                        },
                    }
                    for name, text in fields.items()
                ],
            }
        ],
    }
    return layout.encode_json(told)


CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that Croissant 1.0 asks for."""
