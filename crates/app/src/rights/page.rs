//! The table of roles as a page of the documentation.

use super::{Permission, Role};

/// The table as a page of the documentation.
#[must_use]
pub fn markdown() -> String {
    let titles: String = Role::ALL
        .map(|role| format!(" {} |", role.title()))
        .concat();
    let rule = "---|".repeat(Role::ALL.len());
    let mut page = format!(
        "# Roles\n\nWhat each role may do in a workspace. `throughline roles` prints this page, \
         and `GET /api/v1/roles` gives the same table.\n\n| May |{titles}\n|---|{rule}\n"
    );
    for permission in Permission::ALL {
        let cell = |role: Role| {
            if role.has(permission) {
                " ✓ |"
            } else {
                "  |"
            }
        };
        let cells = Role::ALL.map(cell).concat();
        page.push_str(&format!("| {} |{cells}\n", permission.phrase()));
    }
    let cells = Role::ALL.map(|role| format!(" {} |", role.breadth().name()));
    page.push_str(&format!("| leads and deals of |{}\n", cells.concat()));
    let cells = Role::ALL.map(|role| format!(" {} |", role.realm().name()));
    page.push_str(&format!("| realm |{}\n", cells.concat()));
    page.push_str(
        "\nThe line before the last is whose leads and deals a member of the role sees where \
         nothing else was said of the member: their own, their teams' with those that nobody \
         is responsible for, or all of them. An owner sees everything.\n\nRoles of the realm \
         outside are for those who do not belong to the house, such as a partner who sends \
         traffic or an advertiser whose offers it is for. They come by an invitation that \
         names the channels that they see, and see nothing of the others, of what belongs to \
         no channel, and of the people of the house: not who is responsible for a lead, not \
         who changed it.\n\nWhere a role may read leads and not see contacts, names, numbers \
         and addresses are masked. Metrics from which spend, margin or revenue could be \
         computed are left out where the role may not see these, in reports, exports and the \
         rows behind a number. A file needs the right to import files and the \
         right to write what is in it.\n\nLetting people in, changing or taking away their \
         roles, their reach and their teams, switching off somebody's second factor, making API \
         keys, service accounts and workspaces, changing the workspace, exporting the audit \
         log, and exporting or erasing people want a proof that is not older than ten minutes \
         (`sign_in.proof_s`): a passkey, or the password and a code where there is a second \
         factor.\n",
    );
    page
}
