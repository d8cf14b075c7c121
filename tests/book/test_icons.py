"""Icons that no page shows are left out, and no other rule."""

from measured_book import markup

STYLES = (
    '.fa-bars:before,.fa-navicon:before{content:"\\f0c9"}'
    '.fa-ghost:before{content:"\\f6e2"}'
    ".fa-solid{font-weight:900}"
    'a:before{content:"\\f105"}'
)


def test_a_used_icon_stays_by_either_of_its_names():
    assert markup.thinned(STYLES, {"fa-navicon"}) == STYLES.replace(
        '.fa-ghost:before{content:"\\f6e2"}', ""
    )


def test_rules_that_draw_no_icon_stay():
    left = markup.thinned(STYLES, set())
    assert left == '.fa-solid{font-weight:900}a:before{content:"\\f105"}'
