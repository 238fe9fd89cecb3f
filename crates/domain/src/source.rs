//! Where traffic comes from: referrers, UTM and click ids to source and default channel.
