-- The labels that were in force at a moment: of every tuple the first that ended after it.
select
    workspace, traffic, channel, subchannel, source, campaign, ad_group, ad, keyword, campaign_key
from (
    select *, row_number() over (partition by traffic order by until_ms, version) as place
    from (
        select
            workspace, traffic, channel, subchannel, source, campaign, ad_group, ad, keyword,
            campaign_key, version, until_ms
        from past_labels
        where workspace = :workspace and until_ms > :known_on
        union all
        select
            workspace, traffic, channel, subchannel, source, campaign, ad_group, ad, keyword,
            campaign_key, version, cast(9223372036854775807 as bigint)
        from labels
        where workspace = :workspace
    ) as versions
) as ordered
where place = 1
