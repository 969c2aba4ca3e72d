#!/bin/sh
# Each advisory about Better Auth, and each of PortSwigger's labs about tokens, has a test whose name
# tells it: a lesson that was learned elsewhere is not forgotten here.
# usage: advisories.sh [SOURCE DIRECTORY]
set -eu

cd "${1:-${srcdir:-.}}/tests"
ids="ghsa_99h5_pjcv_gr6v cve_2025_61928 ghsa_x732_6j76_qmhm ghsa_p6v2_xcpg_h6xw
    ghsa_xg6x_h9c9_2m83 ghsa_qq9h_g4jm_xgf3 ghsa_g38m_r43w_p2q7 ghsa_cq3f_vc6p_68fh
    ghsa_2vg6_77g8_24mp ghsa_392p_2q2v_4372 ghsa_7w99_5wm4_3g79 ghsa_hc7v_rggr_4hvx
    pr_8067 pr_8839 pr_10203
    portswigger_1 portswigger_2 portswigger_3 portswigger_4 portswigger_5 portswigger_6
    portswigger_7 portswigger_8"

# The names of all tests, with "portswigger_4_5" as one of each.
names=$(find integration unit store -name 'test_*' -exec grep -hoiE \
    '^def test_[a-z0-9_]+|^static void [a-z0-9_]+' {} + | tr '[:upper:]' '[:lower:]' |
    sed 's/portswigger_\([1-8]\)_\([1-8]\)_/portswigger_\1_portswigger_\2_/')
bad=0
for id in $ids; do
    if ! printf '%s\n' "$names" | grep -qE "(_| )$id(_|\$)"; then
        echo "no test is named after $id"
        bad=1
    fi
done
exit $bad
